import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { checkRows } from '../pairwise/feature-matrices.ts';
import { l2Normalize } from '../pairwise/l2-normalize.ts';

/**
 * Spread of features over a batch, against collapse: the standard deviation of every dimension of the rows of length 1,
 * averaged over the dimensions and multiplied by sqrt(D). 0 when all rows are equal; close to 1 for isotropic features.
 *
 *     sqrt(D) / D sum_d sqrt(mean_i (u_id - mean_i u_id)^2),  u_i = z_i / |z_i|
 *
 * **Shapes** z [B, D] with B >= 2, result a scalar, without gradient. **Memory** The result is the caller's.
 *
 * @throws DiptychError if z is not [B, D] with B >= 2
 * @see Chen and He 2021, SimSiam, section 4.1 and figure 2, arXiv:2011.10566
 * @example
 * const spread = featureStd(projector.apply(pooled));
 */
export function featureStd(z: tf.Tensor2D): tf.Scalar {
  checkRows('featureStd', { z });
  return withoutGradient(() => {
    const { variance } = tf.moments(l2Normalize(z), 0); // [D]
    return tf.mul(tf.mean(tf.sqrt(variance)), Math.sqrt(z.shape[1])) as tf.Scalar;
  });
}
