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
  return (u) => schedule.sigma(times(u));
}
