import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { l2Normalize } from '../contrastive/l2-normalize.ts';
import { logMeanExp } from '../regularisers/log-mean-exp.ts';
import { pairwiseSquaredDistances } from '../regularisers/pairwise-squared-distances.ts';

export interface UniformityOptions {
  /** Scale of the Gaussian potential. Default 2. */
  t?: number;
}

/**
 * How evenly features fill the unit sphere: the logarithm of the mean Gaussian potential over pairs.
 *
 *     L = log mean_{i < j} exp(-t |u_i - u_j|^2),  u = z with rows of length 1
 *
 * **Shapes** z [B, D] with B >= 2, result a scalar. **Units** nats: 0 when collapsed, at least -4t. **Memory** The
 * result is the caller's.
 *
 * @throws DiptychError when z is no [B, D] with B >= 2, or t is not above 0.
 * @see Wang and Isola, arXiv 2005.10242, eq. 9.
 * @example
 * const spread = uniformity(z);
 */
export function uniformity(z: tf.Tensor2D, options: UniformityOptions = {}): tf.Scalar {
  const { t = 2 } = options;
  check(z.rank === 2 && z.shape[0] >= 2, 'uniformity', 'z', 'of shape [B, D] with B >= 2', z);
  check(t > 0 && Number.isFinite(t), 'uniformity', 'options.t', 'finite, above 0', t);
  return tf.tidy(() => {
    return logMeanExp(tf.mul(pairwiseSquaredDistances(l2Normalize(z)), -t), false);
  });
}
