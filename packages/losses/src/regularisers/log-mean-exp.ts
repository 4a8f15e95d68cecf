import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

/** log of the mean of exp over all pairs of an [B, B] matrix, the pairs i = i included or not. */
export function logMeanExp(pairs: tf.Tensor2D, diagonal: boolean): tf.Scalar {
  return tf.tidy(() => {
    const n = pairs.shape[0];
    const self = tf.eye(n);
    // Nothing is left of the pairs i = i, not even where the others are far below them.
    const counted = diagonal ? pairs : tf.sub(tf.mul(pairs, tf.sub(1, self)), tf.mul(self, 1e30));
    const largest = withoutGradient(() => tf.max(counted));
    // A mean for every row, then of these: one sum over all pairs would round as often as there are pairs.
    const rows = tf.div(tf.sum(tf.exp(tf.sub(counted, largest)), 1), diagonal ? n : n - 1); // [B]
    return tf.add(tf.log(tf.mean(rows)), largest) as tf.Scalar;
  });
}
