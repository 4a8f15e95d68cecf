import { discreteSchedule, linearBetas, karrasSigmas, trailingTimesteps } from '@diptych/core';
import { pndm } from '@diptych/core/samplers';
import {
  cosineSchedule,
  pureNoise,
  distilledTimesteps,
  leadingTimesteps,
  linspaceTimesteps,
} from '@diptych/core/schedules';
import { run } from './run.ts';
import { DiptychError } from '@diptych/formats/errors';
import type { FixtureCase } from '../../fixtures/index.ts';
import { expect } from 'vitest';
import { close, numbers, only, unknown } from './close.ts';

/** Schedulers that leave timestep 0 out of a grid. */
export const withoutZero = [
  'DPMSolverMultistepScheduler',
  'DPMSolverSinglestepScheduler',
  'DEISMultistepScheduler',
  'UniPCMultistepScheduler',
  'SASolverScheduler',
];

/** Schedulers whose evenly spaced timesteps are fractions. */
export const fractional = [
  'EulerDiscreteScheduler',
  'EulerAncestralDiscreteScheduler',
  'HeunDiscreteScheduler',
  'LMSDiscreteScheduler',
  'KDPM2DiscreteScheduler',
  'KDPM2AncestralDiscreteScheduler',
  'DPMSolverSDEScheduler',
];

/** The grid of a scheduler, by the names of its configuration. */
export function spacedTimesteps(scheduler: string, config: Record<string, unknown>, n: number): number[] {
  const T = (config.num_train_timesteps ?? 1000) as number;
  const includeZero = !withoutZero.includes(scheduler);
  const spacing =
    config.timestep_spacing ?? (scheduler.startsWith('DDIM') || scheduler.startsWith('PNDM') ? 'leading' : 'linspace');
  switch (spacing) {
    case 'linspace':
      return linspaceTimesteps(n, T, { includeZero, round: !fractional.includes(scheduler) });
    case 'leading':
      return leadingTimesteps(n, T, { includeZero, offset: (config.steps_offset ?? 0) as number });
    case 'trailing':
      return trailingTimesteps(n, T);
    default:
      return unknown({ timestep_spacing: spacing });
  }
}

export async function timesteps({ scheduler, config, n, set_timesteps, timesteps, error }: FixtureCase): Promise<void> {
  const isDistilled = scheduler === 'LCMScheduler' || scheduler === 'TCDScheduler';
  if (error) {
    const refused = () => (isDistilled ? distilled(config, n, set_timesteps) : spacedTimesteps(scheduler, config, n));
    return expect(refused).toThrow(DiptychError);
  }
  const expected = numbers(timesteps);
  switch (scheduler) {
    case 'DDIMScheduler':
    case 'DDPMScheduler':
    case 'DPMSolverMultistepScheduler':
    case 'EulerDiscreteScheduler': {
      only(config, 'timestep_spacing', 'steps_offset', 'num_train_timesteps');
      const got = spacedTimesteps(scheduler, config, n);
      if (n === 1 && config.timestep_spacing === 'linspace' && expected[0] === 0) {
        // The reference starts its only step at the clean end, where there is nothing to denoise.
        return expect(got).toEqual([(config.num_train_timesteps ?? 1000) - 1]);
      }
      return close(got, expected, scheduler === 'EulerDiscreteScheduler' ? 1e-7 : 0);
    }
    case 'LCMScheduler':
    case 'TCDScheduler':
      return close(distilled(config, n, set_timesteps), expected, 0);
    case 'CMStochasticIterativeScheduler': {
      only(config);
      // Every k-th of the 40 levels that consistency models are trained on.
      const levels = leadingTimesteps(n, 40)
        .reverse()
        .map((i) => karrasSigmas(40)[i]!);
      return close(
        levels.map((sigma) => 250 * Math.log(sigma)),
        expected,
        1e-6,
      );
    }
    case 'IPNDMScheduler':
      only(config);
      return close(ipndmSigmas(n).slice(0, -1).map(cosineSchedule().time), expected, 1e-6);
    case 'PNDMScheduler': {
      only(config, 'skip_prk_steps');
      // The timesteps at which the sampler calls the denoiser.
      const chain = discreteSchedule(linearBetas());
      const half = Math.floor(1000 / n / 2);
      const middle = (_: number, next: number) => chain.sigma(Math.round(chain.time(next)) + half);
      const sampler = pndm({ start: config.skip_prk_steps ? 'plms' : 'prk', middle });
      const sigmas = [...leadingTimesteps(n).map(chain.sigma), 0];
      const got = await run(sampler, (x) => x, { sigmas, initial: { shape: [1, 1], data: [1] } });
      return close(
        got.calls.map(({ sigma }) => Math.round(chain.time(sigma))),
        expected,
        0,
      );
    }
    default:
      return unknown({ scheduler });
  }
}

/** Noise sin^2(pi/2 u) of a state of unit variance, at u = 1, 1 - 1/n, ..., 0. */
export function ipndmSigmas(n: number): number[] {
  return Array.from({ length: n + 1 }, (_, i) => {
    const noise = Math.sin((Math.PI / 2) * (1 - i / n)) ** 2;
    return Math.min(noise / Math.sqrt(1 - noise ** 2), pureNoise);
  });
}

function distilled(config: Record<string, unknown>, n: number, how: Record<string, unknown> = {}): number[] {
  only(config);
  only(how, 'original_inference_steps', 'strength');
  return distilledTimesteps(n, 1000, {
    originalSteps: how.original_inference_steps as number | undefined,
    strength: how.strength as number | undefined,
  });
}
