import { flowSchedule } from '../schedules/flow-schedule.ts';
import { checkedFlowTimes, type FlowTimesOptions } from './flow-times.ts';

export type FlowSigmasOptions = FlowTimesOptions;

/**
 * The grid of a flow in variance-exploding coordinates: sigma = t/(1 - t) of `flowTimes`, with `pureNoise` at t = 1.
 *
 * @throws DiptychError if an option is refused by `flowTimes`
 * @see Esser et al. 2024, arXiv:2403.03206
 * @example
 * const images = await sample(euler(), denoise, { sigmas: flowSigmas(28, { shift: (t) => timeShift(t, 3) }), shape, key: key(0) });
 */
export function flowSigmas(n: number, options: FlowSigmasOptions = {}): number[] {
  return checkedFlowTimes('flowSigmas', n, options).map((t) => flowSchedule().sigma(t));
}
