import { check, checkCount, checkOptions, rules } from '@diptych/formats/errors';
import { linspace } from '../numeric/linspace.ts';
import { checkSchedule, type NoiseSchedule } from '../schedules/noise-schedule.ts';

export interface ScheduledSigmasOptions {
  /** Time where sampling starts. Default the last of the schedule. */
  from?: number;
  /** Time of the last level before 0. Default the first of the schedule, or a thousandth of its range later if there is no noise. */
  to?: number;
}

/**
 * The grid that is evenly spaced in the time of a schedule, then 0: EDM's "vp" discretization with `vpSchedule`, its "ve" with
 * `veSchedule`; of a chain, k-diffusion's `get_sigmas`, which may lie between its steps (for whole ones: `trailingTimesteps`, …).
 *
 * @throws DiptychError if n is not an integer >= 1, or the noise levels do not fall from `from` to `to`, above 0
 * @see Karras et al. 2022, table 1, arXiv:2206.00364
 * @example
 * scheduledSigmas(18, vpSchedule());
 */
export function scheduledSigmas(n: number, schedule: NoiseSchedule, options: ScheduledSigmasOptions = {}): number[] {
  checkCount('scheduledSigmas', { n });
  checkOptions<ScheduledSigmasOptions>('scheduledSigmas', options, { from: rules.finite, to: rules.finite });
  const { first, last } = checkSchedule('scheduledSigmas', schedule).timeRange;
  const least = schedule.sigma(first) > 0 ? first : first + 1e-3 * (last - first);
  const { from = last, to = least } = options;
  check(to < from || n === 1, 'scheduledSigmas', 'to', '< from', to);
  const levels = linspace(from, to, n).map((t) => schedule.sigma(t));
  const fall = levels.every((level, i) => level > 0 && level < (levels[i - 1] ?? Infinity));
  check(fall, 'scheduledSigmas', 'from and to', `times of the schedule, ${first} to ${last}, over which noise falls`, [
    from,
    to,
  ]);
  return [...levels, 0];
}
