import * as tf from '@tensorflow/tfjs-core';
import { normal, type Key } from '@diptych/core';
import { checkGaussian, checkShape } from './check-gaussian.ts';
import type { DiagonalGaussian } from './diagonal-gaussian.ts';

/**
 * A sample, mean + exp(logVariance / 2) n with n standard normal numbers: those of a key, or given. Gradients reach mean and
 * log-variance through it. The mode of the distribution is its mean.
 *
 * **Shapes** the one of the mean.
 * **Memory** the caller owns the result.
 *
 * @throws DiptychError if the noise or the log-variance has another shape than the mean
 * @see Kingma, Welling 2014, arXiv:1312.6114, eq. 10
 * @example
 * sampleGaussian(diagonalGaussian(moments), key(0));
 */
export function sampleGaussian(gaussian: DiagonalGaussian, noise: Key | tf.Tensor): tf.Tensor {
  checkGaussian('sampleGaussian', gaussian);
  const { mean, logVariance } = gaussian;
  return tf.tidy(() => {
    const n = noise instanceof tf.Tensor ? noise : normal(noise, mean.shape);
    checkShape('sampleGaussian', 'noise', n, mean);
    return tf.add(mean, tf.mul(tf.exp(tf.mul(logVariance, 0.5)), n));
  });
}
