import type { FixtureCase, FixtureFile } from '../../fixtures/index.ts';
import { conversions } from './conversions.ts';
import { noiseDensities } from './densities.ts';
import { dpm } from './dpm.ts';
import { edmSamplers } from './edm-samplers.ts';
import { flowGrids } from './flow-grids.ts';
import { sigmaGrids } from './grids.ts';
import { guidance } from './guidance.ts';
import { kDiffusion } from './k-diffusion.ts';
import { likelihood } from './likelihood.ts';
import { mixture } from './mixture.ts';
import { respacedSamplers } from './respaced-samplers.ts';
import { respacing } from './respacing.ts';
import { schedulers } from './schedulers/schedulers.ts';
import { schedules } from './schedules.ts';
import { timesteps } from './timesteps.ts';
import { vlb } from './vlb.ts';
import { lossWeights } from './weights.ts';

/** What to do with the cases of a file, by the name of the file. */
export const parity: Record<string, (one: FixtureCase, file: FixtureFile) => void | Promise<void>> = {
  conversions,
  diffusers_ddpm_ddim: schedulers,
  diffusers_discrete_other: schedulers,
  diffusers_dpm_multistep: schedulers,
  diffusers_dpm_sde: schedulers,
  diffusers_edm: schedulers,
  diffusers_flow: schedulers,
  diffusers_sigma_space: schedulers,
  diffusers_singlestep_deis: schedulers,
  diffusers_unipc_sa: schedulers,
  edm_samplers: edmSamplers,
  flow_grids: flowGrids,
  guidance,
  kdiffusion_dpm: dpm,
  kdiffusion_ode: kDiffusion,
  kdiffusion_sde: kDiffusion,
  likelihood,
  loss_weights: lossWeights,
  noise_densities: noiseDensities,
  mixture,
  respaced_samplers: respacedSamplers,
  respacing,
  schedules,
  sigma_grids: sigmaGrids,
  timesteps,
  vlb,
};
