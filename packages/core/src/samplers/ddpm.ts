import { checkFunction, checkNonNegative, checkOptions, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Sampler } from '../contracts/sampler.ts';
import { logVarianceRange } from '../schedules/posterior.ts';
import { lerp } from './step-arithmetic.ts';

/**
 * Standard deviation of the noise of a DDPM step, in variance-exploding coordinates: a number, or a tensor of the shape of x.
 */
export type StepDeviation = (sigma: number, sigmaNext: number, x: tf.Tensor) => number | tf.Tensor;

/**
 * The posterior of the forward chain, sigma' sqrt(1 - sigma'^2/sigma^2).
 *
 * @see Ho et al. 2020, section 3.2, arXiv:2006.11239
 * @example
 * ddpm({ deviation: fixedSmall });
 */
export const fixedSmall: StepDeviation = (sigma, sigmaNext) => {
  checkNonNegative('fixedSmall', { sigma, sigmaNext });
  return sigmaNext * Math.sqrt(1 - (sigmaNext / sigma) ** 2);
};

/**
 * sqrt(beta) of the variance-preserving chain.
 *
 * @see Ho et al. 2020, section 3.2, arXiv:2006.11239
 * @example
 * ddpm({ deviation: fixedLarge });
 */
export const fixedLarge: StepDeviation = (sigma, sigmaNext) => {
  checkNonNegative('fixedLarge', { sigma, sigmaNext });
  return Math.sqrt((1 + sigmaNext ** 2) * (1 - (1 + sigmaNext ** 2) / (1 + sigma ** 2)));
};

/**
 * Between the two, by an output v in [-1, 1] of the network: ln variance = (v+1)/2 ln large + (1-v)/2 ln small. `v` is
 * given x and sigma of the step; it is inside the tidy of the step.
 *
 * **Shapes** x [B, ...]; v has the shape of x, or one that broadcasts to it.
 *
 * @see Nichol and Dhariwal 2021, eq. 15, arXiv:2102.09672
 * @example
 * ddpm({ deviation: learnedRange(() => varianceOutput) });
 */
export function learnedRange(v: (x: tf.Tensor, sigma: number) => tf.Tensor): StepDeviation {
  checkFunction('learnedRange', { v });
  return (sigma, sigmaNext, x) => {
    const [small, large] = [fixedSmall(sigma, sigmaNext, x) as number, fixedLarge(sigma, sigmaNext, x) as number];
    const { middle, radius } = logVarianceRange(2 * Math.log(small), 2 * Math.log(large));
    return tf.exp(tf.add(tf.mul(v(x, sigma), radius / 2), middle / 2));
  };
}

export interface DdpmOptions {
  /** Noise of a step. Default `fixedSmall`, which is also `eulerAncestral()`. */
  deviation?: StepDeviation;
}

/**
 * DDPM: the mean of the forward chain's posterior at D, and noise. In variance-exploding coordinates
 *
 *     x' = D + sigma'^2/sigma^2 (x - D) + deviation n;   the last step, to 0, gives D
 *
 * Nothing is clipped: for images in [-1, 1] hand in `clipDenoised(denoise)`, as diffusers does by default.
 *
 * **Order** weak 1 · **Evaluations** 1 a step · **Memory** none
 *
 * @see Ho et al. 2020, algorithm 2 and eq. 7, arXiv:2006.11239
 * @example
 * sample(ddpm({ deviation: fixedLarge }), denoise, { sigmas: [...leadingTimesteps(100).map(chain.sigma), 0], shape, key: key(0) });
 */
export function ddpm(options: DdpmOptions = {}): Sampler {
  const { deviation = fixedSmall } = checkOptions('ddpm', options, { deviation: rules.callback });
  return {
    name: 'ddpm',
    step(x, denoise, { sigma, sigmaNext, noise }) {
      const denoised = denoise(x, sigma);
      const mean = lerp(denoised, x, (sigmaNext / sigma) ** 2);
      if (sigmaNext === 0) return { x: mean, denoised };
      return { x: tf.add(mean, tf.mul(deviation(sigma, sigmaNext, x), noise(sigma, sigmaNext))), denoised };
    },
  };
}
