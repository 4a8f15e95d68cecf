import { checkOptions, rules } from '@diptych/formats/errors';
import type { Sampler } from '../contracts/sampler.ts';
import { addNoise } from './step-arithmetic.ts';

export interface ConsistencyOptions {
  /** The level at which the consistency function is the identity. Default 0. */
  sigmaMin?: number;
  /** Standard deviation of the noise added. Default 1. */
  noiseScale?: number;
}

/**
 * Multistep sampling of a consistency model (also LCM, flow LCM and trigonometric flow): straight to D, then fresh noise up
 * to the next level, x' = D + sqrt(sigma'^2 - sigma_min^2) n. The denoiser is the consistency function.
 *
 * **Order** none · **Evaluations** 1 a step · **Memory** none
 *
 * @throws DiptychError if an option is negative or not finite
 * @see Song et al. 2023, "Consistency models", algorithm 1, arXiv:2303.01469; Luo et al. 2023, "Latent consistency models", algorithm 3,
 * arXiv:2310.04378
 * @example
 * sample(consistency(), denoise, { sigmas: [...distilledTimesteps(4).map(chain.sigma), 0], shape, key: key(0) });
 */
export function consistency(options: ConsistencyOptions = {}): Sampler {
  const { sigmaMin = 0, noiseScale = 1 } = checkOptions('consistency', options, {
    sigmaMin: rules.nonNegative,
    noiseScale: rules.nonNegative,
  });
  return {
    name: 'consistency',
    step(x, denoise, step) {
      const { sigma, sigmaNext } = step;
      const denoised = denoise(x, sigma);
      const std = Math.sqrt(Math.max(0, sigmaNext ** 2 - sigmaMin ** 2));
      return { x: addNoise(denoised, std * noiseScale, step, sigma, sigmaNext), denoised };
    },
  };
}
