import { checkOptions } from '@diptych/formats/errors';
import type { Sampler } from '../contracts/sampler.ts';
import { stochasticRules, type StochasticOptions } from './stochastic-options.ts';
import { addNoise, ancestralStep, lerp } from './step-arithmetic.ts';

export type EulerAncestralOptions = StochasticOptions;

/**
 * Ancestral sampling: a step of the ODE to a lower noise level than asked for, then noise up to it.
 *
 *     x' = D + down/sigma (x - D) + up n,   down^2 + up^2 = sigma'^2   (`ancestralStep`)
 *
 * In these coordinates it is DDPM ("fixed small" variance) and DDIM with eta 1, DDIM with any other eta, and
 * SDE-DPM-Solver++ of order 1. Weak order 1.
 *
 * **Order** weak 1 · **Evaluations** 1 a step · **Memory** none
 *
 * @throws DiptychError if an option is out of range
 * @see Ho et al. 2020, algorithm 2, arXiv:2006.11239; Song et al. 2020, eq. 12 and 16, arXiv:2010.02502
 * @example
 * sample(eulerAncestral(), denoise, { sigmas: karrasSigmas(50), shape: [8, 32, 32, 3], key: key(0) });
 */
export function eulerAncestral(options: EulerAncestralOptions = {}): Sampler {
  const { eta = 1, noiseScale = 1 } = checkOptions('eulerAncestral', options, stochasticRules);
  return {
    name: 'eulerAncestral',
    step(x, denoise, step) {
      const { sigma, sigmaNext } = step;
      const denoised = denoise(x, sigma);
      const { down, up } = ancestralStep(sigma, sigmaNext, eta);
      const moved = lerp(denoised, x, down / sigma);
      return { x: addNoise(moved, up * noiseScale, step, sigma, sigmaNext), denoised };
    },
  };
}
