import * as tf from '@tensorflow/tfjs-core';

/** log of the mean of exp over all pairs of an [B, B] matrix, the pairs i = i included or not. */
export function logMeanExp(pairs: tf.Tensor2D, diagonal: boolean): tf.Scalar {
  return tf.tidy(() => {
    const n = pairs.shape[0];
    if (diagonal) return tf.sub(tf.logSumExp(pairs), 2 * Math.log(n)) as tf.Scalar;
    const others = tf.sub(pairs, tf.mul(tf.eye(n), 1e9)); // nothing is left of the pairs i = i
    return tf.sub(tf.logSumExp(others), Math.log(n * (n - 1))) as tf.Scalar;
  });
}
