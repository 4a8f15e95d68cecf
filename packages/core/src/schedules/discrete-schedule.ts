import { check, checkOptions, checkRule, rules } from '@diptych/formats/errors';
import type { NoiseSchedule } from './noise-schedule.ts';
import { pureNoise } from './pure-noise.ts';

/** A variance-preserving chain of T steps 0 .. T - 1, as a table and as functions of an index t that may lie between two steps. */
export interface DiscreteSchedule extends NoiseSchedule {
  readonly betas: readonly number[];
  /** prod (1 - beta), index 0 = least noisy. */
  readonly alphasCumprod: readonly number[];
  /** sqrt((1 - alphaBar)/alphaBar): noise levels in variance-exploding coordinates; Infinity where no signal is left. */
  readonly sigmas: readonly number[];
}

export interface DiscreteScheduleOptions {
  name?: string;
  /** What is linear in t between two entries: ln sigma (k-diffusion) or sigma itself (diffusers). Default 'log'. */
  interpolation?: 'log' | 'linear';
}

/** The rules of a table of betas; the last may be 1 (no signal left). */
export function checkBetas(where: string, betas: readonly number[], least = 1): void {
  checkRule(where, 'betas', rules.array, betas);
  check(betas.length >= least, where, 'betas', `at least ${least}`, betas);
  const valid = betas.every((beta, i) => beta > 0 && (beta < 1 || (beta === 1 && i === betas.length - 1)));
  check(valid, where, 'betas', 'in (0, 1), the last in (0, 1]', betas);
}

/**
 * The noise schedule of a chain q(x_t | x_{t-1}) = N(sqrt(1 - beta_t) x_{t-1}, beta_t I).
 *
 * `sigma(t)` and `time(sigma)` are inverse to each other on [0, T - 1], at whole steps to the last bit; outside they stay at the ends. A
 * level without signal counts as `pureNoise` there.
 *
 * @throws DiptychError if betas are not in (0, 1), the last in (0, 1]
 * @see Ho et al. 2020, eq. 2 to 4, arXiv:2006.11239; Karras et al. 2022, appendix C.3.4, arXiv:2206.00364
 * @example
 * const schedule = discreteSchedule(cosineBetas());
 * const sigmas = [...trailingTimesteps(20).map(schedule.sigma), 0];
 */
export function discreteSchedule(betas: readonly number[], options: DiscreteScheduleOptions = {}): DiscreteSchedule {
  const { name = 'discrete', interpolation = 'log' } = checkOptions('discreteSchedule', options, {
    name: rules.text,
    interpolation: rules.oneOf('log', 'linear'),
  });
  checkBetas('discreteSchedule', betas);
  let product = 1;
  const alphasCumprod = betas.map((beta) => (product *= 1 - beta));
  const sigmas = alphasCumprod.map((alphaBar) => Math.sqrt((1 - alphaBar) / alphaBar));
  const [to, from] = interpolation === 'log' ? [Math.log, Math.exp] : [Number, Number];
  const levels = sigmas.map((sigma) => to(Math.min(sigma, pureNoise)));
  const last = levels.length - 1;

  const sigma = (t: number) => {
    const at = Math.min(Math.max(t, 0), last);
    const low = Math.floor(at);
    const share = at - low;
    if (share === 0) return Math.min(sigmas[low], pureNoise);
    return from((1 - share) * levels[low] + share * levels[low + 1]);
  };
  const time = (sigma: number) => {
    const level = to(Math.min(sigma, pureNoise));
    const high = levels.findIndex((other) => other >= level);
    if (high <= 0) return high === 0 ? 0 : last;
    return high - (levels[high] - level) / (levels[high] - levels[high - 1]);
  };
  const alpha = (t: number) => 1 / Math.hypot(1, sigma(t));
  const timeRange = { first: 0, last, discrete: true };
  return { name, timeRange, betas: [...betas], alphasCumprod, sigmas, alpha, sigma, time };
}

/** A chain, as `discreteSchedule` makes one. */
export function checkChain(where: string, chain: DiscreteSchedule): DiscreteSchedule {
  const { betas, alphasCumprod, sigmas, time } = (chain ?? {}) as Partial<DiscreteSchedule>;
  const holds = [betas, alphasCumprod, sigmas].every(rules.array.holds) && typeof time === 'function';
  check(holds, where, 'chain', 'a chain, such as discreteSchedule(linearBetas())', chain);
  return chain;
}
