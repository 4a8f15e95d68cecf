import { check, checkCount, checkFunction, checkOptions, rules } from '@diptych/formats/errors';

export interface AlphaBarBetasOptions {
  /** No beta is larger, so that the last step keeps a trace of signal. Default 0.999. */
  maxBeta?: number;
}

/** What holds for them. */
export const alphaBarRules = { maxBeta: rules.interval('(0, 1]') } as const;

/**
 * The betas of a continuous signal level: beta_i = min(1 - alphaBar((i+1)/T)/alphaBar(i/T), maxBeta).
 *
 * @throws DiptychError if T is not an integer >= 1, or maxBeta not in (0, 1]
 * @see Nichol and Dhariwal 2021, "Improved denoising diffusion probabilistic models", section 3.2, arXiv:2102.09672
 * @example
 * const betas = alphaBarBetas(1000, (t) => Math.exp(-12 * t)); // "exp"
 */
export function alphaBarBetas(
  T: number,
  alphaBar: (t: number) => number,
  options: AlphaBarBetasOptions = {},
): number[] {
  const { maxBeta = 0.999 } = checkOptions('alphaBarBetas', options, alphaBarRules);
  checkCount('alphaBarBetas', { T });
  checkFunction('alphaBarBetas', { alphaBar });
  const betas = Array.from({ length: T }, (_, i) => Math.min(1 - alphaBar((i + 1) / T) / alphaBar(i / T), maxBeta));
  check(betas.every(Number.isFinite), 'alphaBarBetas', 'alphaBar', 'a function to numbers > 0', alphaBar);
  return betas;
}
