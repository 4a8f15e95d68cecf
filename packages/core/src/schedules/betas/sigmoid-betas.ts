import { checkCount, checkOptions } from '@diptych/formats/errors';
import { linspace } from '../../numeric/linspace.ts';
import { type BetaRange, betaRangeRules, checkBetaRange } from './beta-range.ts';

/**
 * beta_t = start + (end - start) / (1 + e^-u), u from -6 to 6 in T equal steps.
 *
 * @throws DiptychError if T is not an integer >= 1, or not 0 < start <= end < 1
 * @see Xu et al. 2022, "GeoDiff", section 4, arXiv:2203.02923
 * @example
 * const schedule = discreteSchedule(sigmoidBetas());
 */
export function sigmoidBetas(T = 1000, options: BetaRange = {}): number[] {
  const { start = 1e-4, end = 0.02 } = checkOptions('sigmoidBetas', options, betaRangeRules);
  checkCount('sigmoidBetas', { T });
  checkBetaRange('sigmoidBetas', start, end);
  return linspace(-6, 6, T).map((u) => start + (end - start) / (1 + Math.exp(-u)));
}
