import type { FixtureCase } from '../../../fixtures/index.ts';
import { only, unknown } from '../close.ts';
import type { Plan, Planners } from './plan.ts';
import { ddpmPlans } from './ddpm.ts';
import { stridedPlans } from './strided.ts';
import { distilledPlans } from './distilled.ts';
import { solverPlans } from './solvers.ts';
import { kDiffusionPlans } from './k-diffusion-schedulers.ts';
import { edmPlans } from './edm.ts';
import { flowMatchPlans } from './flow-match.ts';

const planners: Planners = {
  ...ddpmPlans,
  ...stridedPlans,
  ...distilledPlans,
  ...solverPlans,
  ...kDiffusionPlans,
  ...edmPlans,
  ...flowMatchPlans,
};

const stepKeys: Record<string, string[]> = {
  DDIMScheduler: ['eta', 'use_clipped_model_output'],
  TCDScheduler: ['eta'],
  EulerDiscreteScheduler: ['s_churn', 's_tmin', 's_tmax', 's_noise'],
  LMSDiscreteScheduler: ['order'],
  DPMSolverSDEScheduler: ['s_noise'],
};

/** A scheduler of a case in the words of this library. */
export function planScheduler(one: FixtureCase, levels: readonly number[]): Plan {
  const { scheduler, config, n, step_args: step = {} } = one;
  only(step, ...(stepKeys[scheduler] ?? []));
  const plan = planners[scheduler] ?? unknown({ scheduler });
  return plan({ one, scheduler, config, n, step, levels });
}
