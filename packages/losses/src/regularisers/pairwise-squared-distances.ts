import * as tf from '@tensorflow/tfjs-core';

/** |x_i - x_j|^2 for all pairs of rows, [B, B]; exactly 0 on the diagonal, never negative. */
export function pairwiseSquaredDistances(x: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const n = x.shape[0];
    const squared = tf.sum(tf.square(x), 1, true); // [B, 1]
    const products = tf.mul(tf.matMul(x, x, false, true), 2);
    const distances = tf.relu(tf.sub(tf.add(squared, tf.transpose(squared)), products));
    return tf.mul(distances, tf.sub(1, tf.eye(n))) as tf.Tensor2D;
  });
}
