import { generalizedHeun, euler, flowSchedule } from '@diptych/core';
import { consistency } from '@diptych/core/samplers';
import { numbers } from '../close.ts';
import { schedulerFlowTimes } from '../flow-grids.ts';
import type { Plan, Planners, Wanted } from './plan.ts';

/** Flow matching, over the grids of flow times. */
export const flowMatchPlans: Planners = {
  FlowMatchEulerDiscreteScheduler: flowMatch,
  FlowMatchHeunDiscreteScheduler: flowMatch,
};

function flowMatch({ one, scheduler, config, n }: Wanted): Plan {
  const given = one.input_sigmas && numbers(one.input_sigmas);
  const times = schedulerFlowTimes(scheduler, config, n, given, one.mu ?? one.set_timesteps?.mu);
  const sampler = scheduler.includes('Heun')
    ? generalizedHeun({ schedule: flowSchedule() })
    : config.stochastic_sampling
      ? consistency()
      : euler();
  return { sampler, sigmas: times.map(flowSchedule().sigma) };
}
