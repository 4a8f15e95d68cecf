import * as tf from '@tensorflow/tfjs-core';

/** x / (epsilon + root of the mean square over the axes). The gradient at a vector of zeros is that of the slope 1 / epsilon. */
export function unitMagnitude(x: tf.Tensor, axes: readonly number[], epsilon: number): tf.Tensor {
  return tf.tidy(() => {
    const meanSquare = tf.mean(tf.square(x), [...axes], true);
    // The root has no slope at 0: far below epsilon it may as well be constant.
    const magnitude = tf.sqrt(tf.maximum(meanSquare, 1e-30));
    return tf.div(x, tf.add(magnitude, epsilon));
  });
}
