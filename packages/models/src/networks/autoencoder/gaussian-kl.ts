import * as tf from '@tensorflow/tfjs-core';
import { checkGaussian, checkShape } from './check-gaussian.ts';
import type { DiagonalGaussian } from './diagonal-gaussian.ts';
import { sumSamples } from './sum-samples.ts';

/**
 * The Kullback-Leibler divergence of a distribution from another one, or from the standard normal one, summed over each sample:
 * with m, v and M, V the means and variances KL = 1/2 sum ((m - M)^2 + v) / V - 1 + log V - log v.
 *
 * **Shapes** mean [B, ...] -> [B].
 * **Units** nats.
 * **Memory** the caller owns the result.
 *
 * @throws DiptychError if the shapes differ
 * @see Kingma, Welling 2014, arXiv:1312.6114, appendix B
 * @example
 * const loss = tf.add(reconstruction, tf.mul(tf.mean(gaussianKl(posterior)), 1e-6));
 */
export function gaussianKl(gaussian: DiagonalGaussian, other?: DiagonalGaussian): tf.Tensor1D {
  checkGaussian('gaussianKl', gaussian);
  const { mean, logVariance } = gaussian;
  if (other) checkGaussian('gaussianKl', other);
  if (other) checkShape('gaussianKl', 'other', other.mean, mean);
  return tf.tidy(() => {
    const shift = tf.square(other ? tf.sub(mean, other.mean) : mean);
    const logRatio = other ? tf.sub(logVariance, other.logVariance) : logVariance; // log v / V
    const distance = other ? tf.mul(shift, tf.exp(tf.neg(other.logVariance))) : shift;
    const terms = tf.sub(tf.add(distance, tf.exp(logRatio)), tf.add(logRatio, 1));
    return tf.mul(sumSamples(terms), 0.5) as tf.Tensor1D;
  });
}
