import { check } from '@diptych/formats/errors';
import { checkCount } from '../checks.ts';
import { linspace } from '../linspace.ts';
import type { NoiseSchedule } from '../noise-schedule.ts';

export interface ScheduledSigmasOptions {
  /** Time where sampling starts. Default 1. */
  from?: number;
  /** Time of the last level before 0. Default 1e-3. */
  to?: number;
}

/**
 * The grid that is evenly spaced in the time of a continuous schedule, then 0: EDM's "vp" discretization with `vpSchedule`, its
 * "ve" with `veSchedule` and `to: 0`.
 *
 * @throws DiptychError if n is not an integer >= 1, or not 0 <= to < from
 * @see Karras et al. 2022, table 1
 * @example scheduledSigmas(18, vpSchedule());
 */
export function scheduledSigmas(
  n: number,
  schedule: NoiseSchedule,
  { from = 1, to = 1e-3 }: ScheduledSigmasOptions = {},
): number[] {
  checkCount('scheduledSigmas', 'n', n);
  check(to >= 0 && to < from, 'scheduledSigmas', 'to', '>= 0 and < from', to);
  return [...linspace(from, to, n).map((t) => schedule.sigma(t)), 0];
}
