import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { checkRows } from '../pairwise/feature-matrices.ts';
import { l2Normalize } from '../pairwise/l2-normalize.ts';

/**
 * Mean cosine between different samples of a batch: 1 when features have collapsed to one direction, around 0 when they
 * fill the space.
 *
 *     (|sum_i u_i|^2 - sum_i |u_i|^2) / (B (B - 1)),  u_i = z_i / |z_i|
 *
 * **Shapes** z [B, D] with B >= 2, result a scalar, without gradient. **Memory** The result is the caller's.
 *
 * @throws DiptychError if z is not [B, D] with B >= 2
 * @example
 * const similarity = meanCosine(pooled);
 */
export function meanCosine(z: tf.Tensor2D): tf.Scalar {
  checkRows('meanCosine', { z });
  const n = z.shape[0];
  return withoutGradient(() => {
    const u = l2Normalize(z);
    const all = tf.sum(tf.square(tf.sum(u, 0))); // every ordered pair, the pairs i = i included
    return tf.div(tf.sub(all, tf.sum(tf.square(u))), n * (n - 1)) as tf.Scalar;
  });
}
