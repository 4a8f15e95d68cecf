import { stopGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { checkFeaturePair } from '../contrastive/check-feature-pair.ts';
import { l2Normalize } from '../contrastive/l2-normalize.ts';

/**
 * Mean negative cosine of predictions and targets; the targets get no gradient.
 *
 *     L = -mean_i cos(p_i, sg(z_i))
 *
 * **Shapes** p and z [B, D] with B >= 2, result a scalar in [-1, 1]. **Memory** The result is the caller's.
 *
 * @throws DiptychError on shapes that differ or a batch of one.
 * @see Chen and He, arXiv 2011.10566, eq. 1.
 * @example
 * const loss = negativeCosine(predictor.apply(z1), z2);
 */
export function negativeCosine(p: tf.Tensor2D, z: tf.Tensor2D): tf.Scalar {
  checkFeaturePair('negativeCosine', 'p', p, 'z', z);
  return tf.tidy(() => {
    const cosines = tf.sum(tf.mul(l2Normalize(p), stopGradient(l2Normalize(z))), -1); // [B]
    return tf.neg(tf.mean(cosines)) as tf.Scalar;
  });
}
