import * as tf from '@tensorflow/tfjs-core';

/**
 * Sum over the rows of a matrix, [R, D] -> [D]. A product with a row of ones: `tf.sum` over a leading axis transposes
 * the whole matrix first on WASM.
 */
export function sumRows(x: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => tf.reshape(tf.matMul(tf.ones([1, x.shape[0]]), x), [x.shape[1]]) as tf.Tensor1D);
}
