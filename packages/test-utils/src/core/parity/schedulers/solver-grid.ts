import { flowSchedule } from '@diptych/core';
import { schedulerFlowTimes } from '../flow-grids.ts';
import { schedulerGrid } from '../grids.ts';
import { type Wanted, chainOf } from './plan.ts';

export const gridKeys = [
  'interpolation_type',
  'sigma_min',
  'sigma_max',
  'timestep_spacing',
  'steps_offset',
  'use_karras_sigmas',
  'use_exponential_sigmas',
  'use_beta_sigmas',
  'use_lu_lambdas',
  'final_sigmas_type',
  'prediction_type',
];
export const flowKeys = ['use_flow_sigmas', 'flow_shift'];

/** The grid of the solvers and of k-diffusion's samplers. */
export function solverGrid(wanted: Wanted): number[] {
  const { scheduler, config, n } = wanted;
  if (!config.use_flow_sigmas) return schedulerGrid(scheduler, config, n, chainOf(wanted));
  const flow = Object.fromEntries(flowKeys.map((key) => [key, config[key]]));
  const sigmas = schedulerFlowTimes(scheduler, flow, n).map(flowSchedule().sigma);
  if (config.final_sigmas_type !== 'sigma_min') return sigmas;
  // The solvers take the least level of a chain for a flow time; UniPC repeats its last.
  const least = flowSchedule().sigma(chainOf(wanted).sigmas[0]!);
  const inner = sigmas.slice(0, -1);
  return scheduler !== 'UniPCMultistepScheduler' && inner.at(-1)! > least ? [...inner, least] : inner;
}

/** The grid of a scheduler that stops at the least noisy level, and not at 0. */
export function stopped(wanted: Wanted): number[] {
  const inner = solverGrid(wanted).slice(0, -1);
  const least = chainOf(wanted).sigmas[0]!;
  return inner.at(-1)! > least * (1 + 1e-9) ? [...inner, least] : inner;
}
