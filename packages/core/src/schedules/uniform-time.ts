import { check, checkShare } from '@diptych/formats/errors';
import type { TimeRange } from './noise-schedule.ts';

/**
 * The time of a process that a uniform number in (0, 1) stands for, in (first, last): all of them alike, of a chain the T whole steps,
 *
 *     t = first + u (last - first),   of a chain   t = first + floor(u (last - first + 1))
 *
 * @throws DiptychError if timeRange is not a finite range with first < last (of a chain, <=)
 * @see Ho et al. 2020, "Denoising diffusion probabilistic models", algorithm 1, line 3, arXiv:2006.11239
 * @example
 * const chain = discreteSchedule(linearBetas());
 * uniformTime(chain, 0.9999); // 999
 */
export function uniformTime(schedule: { readonly timeRange: TimeRange }, u: number): number {
  const { timeRange } = schedule ?? {};
  const { first, last, discrete } = timeRange ?? {};
  checkShare('uniformTime', { u });
  const steps = last - first;
  const sound = Number.isFinite(steps) && (discrete ? steps >= 0 : steps > 0);
  check(
    sound,
    'uniformTime',
    'timeRange',
    'the finite range of time of a schedule, { first, last, discrete }',
    timeRange,
  );
  return discrete ? first + Math.min(Math.floor(u * (steps + 1)), steps) : first + u * steps;
}
