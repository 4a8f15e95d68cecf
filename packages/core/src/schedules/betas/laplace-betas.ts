import { checkCount, checkOptions, checkShare } from '@diptych/formats/errors';
import { alphaBarBetas, type AlphaBarBetasOptions, alphaBarRules } from './alpha-bar-betas.ts';

/**
 * The Laplace schedule: `alphaBarBetas` of a signal level whose log SNR is Laplace-distributed (location 0, scale 1/2),
 *
 *     lambda(t) = -1/2 sgn(1/2 - t) ln(1 - 2 |1/2 - t|),   alphaBar = 1/(1 + e^-lambda)
 *
 * (diffusers takes the square root of that for alphaBar, so its schedule ends with more signal: pass
 * `alphaBarBetas(T, (t) => Math.sqrt(laplaceAlphaBar(t)))` for its numbers.)
 *
 * @throws DiptychError if T is not an integer >= 1, or maxBeta not in (0, 1]
 * @see Hang et al. 2024, "Improved noise schedule for diffusion training", table 1, arXiv:2407.03297
 * @example
 * const schedule = discreteSchedule(laplaceBetas());
 */
export function laplaceBetas(T = 1000, options: AlphaBarBetasOptions = {}): number[] {
  checkCount('laplaceBetas', { T });
  checkOptions<AlphaBarBetasOptions>('laplaceBetas', options, alphaBarRules);
  return alphaBarBetas(T, laplaceAlphaBar, options);
}

/**
 * Signal level alphaBar(t) of the Laplace schedule, t in [0, 1].
 *
 * @example
 * alphaBarBetas(1000, laplaceAlphaBar);
 */
export function laplaceAlphaBar(t: number): number {
  checkShare('laplaceAlphaBar', { t });
  const lambda = -0.5 * (t > 0.5 ? -1 : 1) * Math.log(1 - 2 * Math.abs(0.5 - t) + 1e-6);
  return 1 / (1 + Math.exp(-lambda));
}
