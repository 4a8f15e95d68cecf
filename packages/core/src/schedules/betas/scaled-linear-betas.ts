import { checkCount, checkOptions } from '@diptych/formats/errors';
import { linspace } from '../../numeric/linspace.ts';
import { type BetaRange, betaRangeRules, checkBetaRange } from './beta-range.ts';

/**
 * sqrt(beta_t) from sqrt(start) to sqrt(end) in T equal steps, as in Stable Diffusion ("quad" in older code).
 *
 * @throws DiptychError if T is not an integer >= 1, or not 0 < start <= end < 1
 * @see Rombach et al. 2022, "High-resolution image synthesis with latent diffusion models", and its published configurations,
 * arXiv:2112.10752
 * @example
 * const schedule = discreteSchedule(scaledLinearBetas());
 */
export function scaledLinearBetas(T = 1000, options: BetaRange = {}): number[] {
  const { start = 0.00085, end = 0.012 } = checkOptions('scaledLinearBetas', options, betaRangeRules);
  checkCount('scaledLinearBetas', { T });
  checkBetaRange('scaledLinearBetas', start, end);
  return linspace(Math.sqrt(start), Math.sqrt(end), T).map((root) => root ** 2);
}
