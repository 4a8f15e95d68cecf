import { checkFinite, checkFunction } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Denoise } from '../contracts/denoiser.ts';

/**
 * Classifier guidance: D' = D + scale sigma^2 grad_x ln p(y | x; sigma), since D = x + sigma^2 score.
 *
 * `logProbability` gives ln p(y | x; sigma) of each sample, [B], and must be differentiable.
 *
 * **Shapes** the estimate has the shape of x, [B, ...].
 *
 * @throws DiptychError if scale is not finite
 * @see Dhariwal and Nichol 2021, "Diffusion models beat GANs on image synthesis", algorithm 2, arXiv:2105.05233
 * @example
 * classifierGuided(denoise, (x, sigma) => logSoftmaxOf(classifier(x, sigma), label), 2);
 */
export function classifierGuided(
  denoise: Denoise,
  logProbability: (x: tf.Tensor, sigma: number) => tf.Tensor,
  scale = 1,
): Denoise {
  checkFunction('classifierGuided', { denoise, logProbability });
  checkFinite('classifierGuided', { scale });
  return (x, sigma) =>
    tf.tidy(() => {
      const gradient = tf.grad((at: tf.Tensor) => tf.sum(logProbability(at, sigma)))(x);
      return tf.add(denoise(x, sigma), tf.mul(scale * sigma ** 2, gradient));
    });
}
