import { checkOptions, rules } from '@diptych/formats/errors';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Sampler } from '../contracts/sampler.ts';
import { stochasticRules, type StochasticOptions } from './stochastic-options.ts';
import { addNoise, ancestralStep, linearCombination } from './step-arithmetic.ts';

export interface DdimOptions extends StochasticOptions {
  /** Applied to D, but not to the noise estimate that it belongs to, e.g. a clip. (Around the denoiser it would change both.) */
  limit?: (denoised: Tensor) => Tensor;
}

/**
 * DDIM: eta 0 is deterministic, eta 1 is DDPM. In variance-exploding coordinates, with the next level taken from the grid,
 *
 *     x' = limit(D) + down (x - D)/sigma + up n   (`ancestralStep`)
 *
 * Nothing is clipped unless `limit` or the denoiser does, for the data may be latents or points. For images in [-1, 1] from a network that
 * predicts noise, limit the estimate as diffusers does by default: at high noise a small error of the noise is a large one of D.
 *
 * **Order** 1 · **Evaluations** 1 a step · **Memory** none
 *
 * @throws DiptychError if eta is not in [0, 1] or noiseScale is negative
 * @see Song et al. 2020, "Denoising diffusion implicit models", eq. 12 and 16, arXiv:2010.02502
 * @example
 * const sigmas = [...trailingTimesteps(50).map(chain.sigma), 0];
 * const limit = (denoised) => tf.clipByValue(denoised, -1, 1);
 * const x = await sample(ddim({ limit }), denoise, { sigmas, shape: [8, 32, 32, 3], key: key(0) });
 */
export function ddim(options: DdimOptions = {}): Sampler {
  const {
    eta = 0,
    noiseScale = 1,
    limit = (denoised) => denoised,
  } = checkOptions<DdimOptions>('ddim', options, { ...stochasticRules, eta: rules.share, limit: rules.callback });
  return {
    name: 'ddim',
    step(x, denoise, step) {
      const { sigma, sigmaNext } = step;
      const estimate = denoise(x, sigma);
      const { down, up } = ancestralStep(sigma, sigmaNext, eta);
      const denoised = limit(estimate);
      const share = down / sigma;
      const moved =
        denoised === estimate
          ? linearCombination([1 - share, estimate], [share, x])
          : linearCombination([1, denoised], [share, x], [-share, estimate]);
      return { x: addNoise(moved, up * noiseScale, step, sigma, sigmaNext), denoised };
    },
  };
}
