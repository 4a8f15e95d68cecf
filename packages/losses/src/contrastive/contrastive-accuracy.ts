import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { checkFeaturePair } from './check-feature-pair.ts';
import { l2Normalize } from './l2-normalize.ts';

/**
 * How often the positive is the most similar key: the share of rows i where cos(q_i, k_i) > cos(q_i, k_j) for all j != i.
 * Ties count as wrong, so that collapsed features score 0.
 *
 * **Shapes** q and k [B, D] with B >= 2, result a scalar in [0, 1], without gradient. **Memory** The result is the caller's.
 *
 * @throws DiptychError on shapes that differ or a batch of one.
 * @example
 * const accuracy = contrastiveAccuracy(queries, keys); // 1 / B by chance
 */
export function contrastiveAccuracy(q: tf.Tensor2D, k: tf.Tensor2D): tf.Scalar {
  checkFeaturePair('contrastiveAccuracy', 'q', q, 'k', k);
  return withoutGradient(() => {
    const cosines = tf.matMul(l2Normalize(q), l2Normalize(k), false, true); // [B, B]
    const diagonal = tf.eye(q.shape[0]);
    const positive = tf.sum(tf.mul(cosines, diagonal), -1); // [B]
    const negative = tf.max(tf.sub(cosines, tf.mul(diagonal, 3)), -1); // [B]; cosines differ by at most 2
    return tf.mean(tf.cast(tf.greater(positive, negative), 'float32')) as tf.Scalar;
  });
}
