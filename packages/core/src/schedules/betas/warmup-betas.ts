import { checkCount, checkOptions, rules } from '@diptych/formats/errors';
import { linspace } from '../../numeric/linspace.ts';
import { type BetaRange, betaRangeRules, checkBetaRange } from './beta-range.ts';

export interface WarmupBetasOptions extends BetaRange {
  /** Share of the steps in which beta rises. Default 0.1. */
  share?: number;
}

/**
 * beta_t from `start` to `end` in the first `share` of T steps, then `end`.
 *
 * @throws DiptychError if T is not an integer >= 1, not 0 < start <= end < 1, or share not in [0, 1]
 * @see Ho et al. 2020, code of the paper ("warmup10", "warmup50"), arXiv:2006.11239
 * @example
 * warmupBetas(1000, { share: 0.5 });
 */
export function warmupBetas(T = 1000, options: WarmupBetasOptions = {}): number[] {
  const {
    start = 1e-4,
    end = 0.02,
    share = 0.1,
  } = checkOptions('warmupBetas', options, { ...betaRangeRules, share: rules.share });
  checkCount('warmupBetas', { T });
  checkBetaRange('warmupBetas', start, end);
  const rising = Math.floor(T * share);
  return [...linspace(start, end, rising), ...new Array<number>(T - rising).fill(end)];
}
