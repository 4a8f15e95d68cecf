import * as tf from '@tensorflow/tfjs-core';
import { type ChurnOptions, churned } from './churn.ts';
import type { Sampler } from '../contracts/sampler.ts';
import { lerp } from './step-arithmetic.ts';

export type HeunOptions = ChurnOptions;

/**
 * Heun's method (trapezoidal rule) on the probability-flow ODE, the sampler of EDM; one evaluation in the last step if it ends at 0:
 *
 *     x' = D + sigma'/sigma (x - D),   D = D(x; sigma)                               Euler's step
 *     x'' = x' + (sigma' - sigma)/(2 sigma') (D - D'),   D' = D(x'; sigma')          unless sigma' = 0
 *
 * which is x'' = x + (sigma' - sigma) (d + d')/2 with d = (x - D)/sigma and d' = (x' - D')/sigma', as EDM writes it, in the form in
 * which nothing cancels in float32 where sigma is large.
 *
 * With `churn` it is the stochastic sampler: noise is added before each step.
 *
 * **Order** 2 · **Evaluations** 2 a step · **Memory** none
 *
 * @throws DiptychError if an option is out of range
 * @see Karras et al. 2022, algorithm 1 and algorithm 2, arXiv:2206.00364
 * @example
 * const images = await sample(heun(), denoise, { sigmas: karrasSigmas(18), shape: [8, 32, 32, 3], key: key(0) });
 */
export function heun(options: HeunOptions = {}): Sampler {
  const churn = churned('heun', options);
  return {
    name: 'heun',
    step(x, denoise, step) {
      const { sigmaNext } = step;
      const { xHat, sigmaHat } = churn(x, step);
      const denoised = denoise(xHat, sigmaHat);
      const predicted = lerp(denoised, xHat, sigmaNext / sigmaHat);
      if (sigmaNext === 0) return { x: predicted, denoised };
      const correction = tf.sub(denoised, denoise(predicted, sigmaNext));
      return { x: tf.add(predicted, tf.mul((sigmaNext - sigmaHat) / (2 * sigmaNext), correction)), denoised };
    },
  };
}
