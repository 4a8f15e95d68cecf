import { check } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

export interface GlobalNormOptions {
  /** p of the norm: 1, 2 or `Infinity`. Default 2. */
  order?: 1 | 2 | typeof Infinity;
}

/**
 * Norm of all numbers of all tensors, as if they were one vector: (sum |g|^p)^(1/p), or max |g|.
 *
 * **Shapes** any. **Memory** the scalar is the caller's.
 *
 * @throws DiptychError on an order other than 1, 2 and infinity, or without tensors.
 * @example
 * globalNorm([tf.scalar(3), tf.tensor1d([0, 4])]); // 5
 */
export function globalNorm(tensors: readonly tf.Tensor[], { order = 2 }: GlobalNormOptions = {}): tf.Scalar {
  check(tensors.length > 0, 'globalNorm', 'tensors', 'at least one tensor', tensors);
  check(order === 1 || order === 2 || order === Infinity, 'globalNorm', 'options.order', '1, 2 or Infinity', order);
  return tf.tidy(() => {
    // Some backends' max passes over NaN; the sum of zeros does not.
    const largest = (tensor: tf.Tensor) => tf.add(tf.max(tf.abs(tensor)), tf.sum(tf.mul(tensor, 0)));
    const part = (tensor: tf.Tensor) =>
      order === 2 ? tf.sum(tf.square(tensor)) : order === 1 ? tf.sum(tf.abs(tensor)) : largest(tensor);
    const parts = tf.stack(tensors.map(part));
    return (order === 2 ? tf.sqrt(tf.sum(parts)) : order === 1 ? tf.sum(parts) : tf.max(parts)) as tf.Scalar;
  });
}
