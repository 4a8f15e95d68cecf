import * as tf from '@tensorflow/tfjs-core';

/** Columns of mean 0 and variance 1 (biased, epsilon added before the root): batch norm without scale and shift. */
export function standardizeColumns(x: tf.Tensor2D, epsilon: number): tf.Tensor2D {
  return tf.tidy(() => {
    const { mean, variance } = tf.moments(x, 0); // [D]
    return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon))) as tf.Tensor2D;
  });
}
