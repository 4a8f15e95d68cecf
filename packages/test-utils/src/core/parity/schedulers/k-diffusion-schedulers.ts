import { euler, eulerAncestral, heun, type Sampler } from '@diptych/core';
import { dpm2, dpm2Ancestral, dpmSolverPPSde, lms } from '@diptych/core/samplers';
import { only } from '../close.ts';
import { type Planners, chainKeys, clipKeys, limited } from './plan.ts';
import { gridKeys, solverGrid } from './solver-grid.ts';

/** The schedulers after k-diffusion: Euler, Heun, LMS, DPM2, each over the grids of the solvers. */
export const kDiffusionPlans: Planners = {
  EulerDiscreteScheduler(wanted) {
    const { config, step } = wanted;
    only(config, ...chainKeys, ...gridKeys);
    return {
      sampler: euler({ churn: step.s_churn, churnMin: step.s_tmin, churnMax: step.s_tmax, churnNoise: step.s_noise }),
      sigmas: solverGrid(wanted),
    };
  },
  EulerAncestralDiscreteScheduler(wanted) {
    const { config } = wanted;
    only(config, ...chainKeys, ...gridKeys);
    return { sampler: eulerAncestral(), sigmas: solverGrid(wanted) };
  },
  HeunDiscreteScheduler(wanted) {
    const { config } = wanted;
    only(config, ...chainKeys, ...gridKeys, ...clipKeys);
    return { sampler: heun(), sigmas: solverGrid(wanted), denoise: limited(config) };
  },
  LMSDiscreteScheduler(wanted) {
    const { config, step } = wanted;
    only(config, ...chainKeys, ...gridKeys);
    return { sampler: lms({ order: step.order }) as Sampler, sigmas: solverGrid(wanted) };
  },
  KDPM2DiscreteScheduler(wanted) {
    const { config } = wanted;
    only(config, ...chainKeys, ...gridKeys);
    return { sampler: dpm2(), sigmas: solverGrid(wanted) };
  },
  KDPM2AncestralDiscreteScheduler(wanted) {
    const { config } = wanted;
    only(config, ...chainKeys, ...gridKeys);
    return { sampler: dpm2Ancestral(), sigmas: solverGrid(wanted) };
  },
  DPMSolverSDEScheduler(wanted) {
    const { config, step } = wanted;
    only(config, ...chainKeys, ...gridKeys);
    return { sampler: dpmSolverPPSde({ noiseScale: step.s_noise }), sigmas: solverGrid(wanted) };
  },
};
