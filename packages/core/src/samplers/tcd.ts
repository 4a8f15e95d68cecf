import { checkOptions, rules } from '@diptych/formats/errors';
import { checkChain, type DiscreteSchedule } from '../schedules/discrete-schedule.ts';
import type { Sampler } from '../contracts/sampler.ts';
import { addNoise, lerp } from './step-arithmetic.ts';

export interface TcdOptions {
  /** gamma: 0 is deterministic, 1 goes all the way to D and back. Default 0.3. */
  gamma?: number;
}

/**
 * Strategic stochastic sampling of trajectory-consistency models: on the ODE to the level of timestep floor((1 - gamma) t'), then
 * noise up to the next level.
 *
 *     x' = D + sigma_s/sigma (x - D) + sqrt(sigma'^2 - sigma_s^2) n
 *
 * **Order** none · **Evaluations** 1 a step · **Memory** none
 *
 * @throws DiptychError if gamma is not in [0, 1]
 * @see Zheng et al. 2024, "Trajectory consistency distillation", algorithm 4, arXiv:2402.19159
 * @example
 * sample(tcd(chain), denoise, { sigmas: [...distilledTimesteps(4).map(chain.sigma), chain.sigmas[0]], shape, key: key(0) });
 */
export function tcd(chain: DiscreteSchedule, options: TcdOptions = {}): Sampler {
  const { gamma = 0.3 } = checkOptions('tcd', options, { gamma: rules.share });
  const { sigmas: levels, time } = checkChain('tcd', chain);
  return {
    name: 'tcd',
    step(x, denoise, step) {
      const { sigma, sigmaNext } = step;
      const denoised = denoise(x, sigma);
      const down = sigmaNext === 0 ? 0 : levels[Math.floor((1 - gamma) * Math.round(time(sigmaNext)))];
      const moved = lerp(denoised, x, down / sigma);
      return {
        x: addNoise(moved, Math.sqrt(Math.max(0, sigmaNext ** 2 - down ** 2)), step, sigma, sigmaNext),
        denoised,
      };
    },
  };
}
