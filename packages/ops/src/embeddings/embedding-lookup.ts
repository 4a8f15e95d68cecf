import * as tf from '@tensorflow/tfjs-core';
import { checkDtype, checkShape } from '@diptych/formats/errors';

/**
 * Rows of a table by number, with a gradient on every backend: a product with one-hot rows, since WASM has no gradient of gather.
 *
 * **Shapes** table [V, D], indices int32 [...]; result [..., D]. An index outside 0 ... V - 1 gives a row of zeros and no gradient
 * (checking would have to read the tensor). **Memory** the caller owns the result; the gradient saves the one-hot rows, so this is for tables of
 * thousands of rows (classes), not for vocabularies.
 *
 * @throws DiptychError if table is no matrix or indices are not int32
 *
 * @example
 * ```ts
 * embeddingLookup(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor1d([1, 0], 'int32')); // [[3, 4], [1, 2]]
 * ```
 */
export function embeddingLookup(table: tf.Tensor2D, indices: tf.Tensor): tf.Tensor {
  checkShape('embeddingLookup', { table }, ['V', 'D']);
  checkDtype('embeddingLookup', { indices }, 'int32');
  const [count, width] = table.shape;
  return tf.tidy(() => {
    // As integers first: for float32, WASM's OneHot writes the bits of the integer 1.
    const hot = tf.cast(tf.oneHot(tf.reshape(indices, [-1]) as tf.Tensor1D, count), 'float32') as tf.Tensor2D; // [R, V]
    return tf.reshape(tf.matMul(hot, table), [...indices.shape, width]);
  });
}
