import * as tf from '@tensorflow/tfjs-core';
import { checkGaussian, checkShape } from './check-gaussian.ts';
import type { DiagonalGaussian } from './diagonal-gaussian.ts';
import { sumSamples } from './sum-samples.ts';

/**
 * The negative log-likelihood of x, summed over each sample: 1/2 sum log(2 pi) + logVariance + (x - mean)^2 / variance.
 *
 * **Shapes** x [B, ...] as the mean -> [B].
 * **Units** nats.
 * **Memory** the caller owns the result.
 *
 * @throws DiptychError if the shapes differ
 * @example
 * gaussianNll(diagonalGaussian(moments), latent);
 */
export function gaussianNll(gaussian: DiagonalGaussian, x: tf.Tensor): tf.Tensor1D {
  checkGaussian('gaussianNll', gaussian);
  const { mean, logVariance } = gaussian;
  checkShape('gaussianNll', 'x', x, mean);
  return tf.tidy(() => {
    const distance = tf.mul(tf.square(tf.sub(x, mean)), tf.exp(tf.neg(logVariance)));
    const terms = tf.add(tf.add(distance, logVariance), Math.log(2 * Math.PI));
    return tf.mul(sumSamples(terms), 0.5) as tf.Tensor1D;
  });
}
