import { checkFunction } from '@diptych/formats/errors';
import { flowSchedule } from '../../schedules/flow-schedule.ts';
import type { NoiseSchedule } from '../../schedules/noise-schedule.ts';

/**
 * A quantile function: u uniform in (0, 1) gives a noise level (or a time, where it says so), rising with u. What training draws from:
 * `sigmaQuantile` of a process.
 */
export type Quantile = (u: number) => number;

/**
 * A quantile function of the time of a schedule as one of its noise level.
 *
 * @example
 * const diffusion = scheduledDiffusion(flowSchedule(), { prediction: predictVelocity, sigmaQuantile: sigmasOfTimes(logitNormalTime()) });
 */
export function sigmasOfTimes(times: Quantile, schedule: Pick<NoiseSchedule, 'sigma'> = flowSchedule()): Quantile {
  checkFunction('sigmasOfTimes', { times, 'schedule.sigma': (schedule as Partial<typeof schedule> | null)?.sigma });
  return (u) => schedule.sigma(times(u));
}
