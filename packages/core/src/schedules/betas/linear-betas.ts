import { checkCount, checkOptions } from '@diptych/formats/errors';
import { linspace } from '../../numeric/linspace.ts';
import { type BetaRange, betaRangeRules, checkBetaRange } from './beta-range.ts';

/**
 * beta_t from `start` to `end` in T equal steps.
 *
 * @throws DiptychError if T is not an integer >= 1, or not 0 < start <= end < 1
 * @see Ho et al. 2020, "Denoising diffusion probabilistic models", section 4, arXiv:2006.11239
 * @example
 * const schedule = discreteSchedule(linearBetas());
 */
export function linearBetas(T = 1000, options: BetaRange = {}): number[] {
  const { start = 1e-4, end = 0.02 } = checkOptions('linearBetas', options, betaRangeRules);
  checkCount('linearBetas', { T });
  checkBetaRange('linearBetas', start, end);
  return linspace(start, end, T);
}
