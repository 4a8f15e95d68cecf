import { dpmSolverPP, euler, exponentialSigmas, karrasSigmas } from '@diptych/core';
import type { Fields } from '../../../fixtures/index.ts';
import { only, unknown } from '../close.ts';
import { type Plan, type Planners, type Wanted, clipKeys, limited } from './plan.ts';
import { multistepOptions } from './solvers.ts';

const edmKeys = [
  'sigma_data',
  'sigma_schedule',
  'sigma_min',
  'sigma_max',
  'rho',
  'prediction_type',
  'final_sigmas_type',
];

/** EDM's own grids, with Euler or DPM-Solver++. */
export const edmPlans: Planners = {
  EDMEulerScheduler({ config, n }) {
    only(config, ...edmKeys);
    return { sampler: euler(), sigmas: edmGrid(config, n) };
  },
  EDMDPMSolverMultistepScheduler: multistep,
  CosineDPMSolverMultistepScheduler: multistep,
};

function multistep(wanted: Wanted): Plan {
  const { scheduler, config, n } = wanted;
  only(
    config,
    ...edmKeys,
    ...clipKeys,
    'solver_order',
    'solver_type',
    'algorithm_type',
    'lower_order_final',
    'euler_at_final',
  );
  const cosine = scheduler.startsWith('Cosine');
  const eta = cosine || config.algorithm_type === 'sde-dpmsolver++' ? 1 : 0;
  return {
    sampler: dpmSolverPP({ ...multistepOptions(wanted), eta }),
    sigmas: edmGrid(cosine ? { sigma_schedule: 'exponential', sigma_min: 0.3, sigma_max: 500, ...config } : config, n),
    denoise: limited(config),
  };
}

function edmGrid(config: Fields, n: number): number[] {
  const make = { karras: karrasSigmas, exponential: exponentialSigmas }[(config.sigma_schedule ?? 'karras') as string];
  const range = { sigmaMin: config.sigma_min ?? 0.002, sigmaMax: config.sigma_max ?? 80 };
  const sigmas = make ? make(n, { ...range, ...(make === karrasSigmas && { rho: config.rho }) }) : unknown(config);
  return config.final_sigmas_type === 'sigma_min' ? sigmas.slice(0, -1) : sigmas;
}
