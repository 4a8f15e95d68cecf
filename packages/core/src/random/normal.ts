import * as tf from '@tensorflow/tfjs-core';
import type { Key } from './key.ts';
import { normals } from './normals.ts';

/**
 * A float32 tensor of standard normal numbers, `normals(key, size)` in row-major order: the same on every backend.
 *
 * **Memory** the caller owns the tensor.
 *
 * @example const n = normal(key(0), [2, 8, 8, 1]);
 */
export function normal<R extends tf.Rank>(key: Key, shape: tf.ShapeMap[R]): tf.Tensor<R> {
  return tf.tensor(normals(key, tf.util.sizeFromShape(shape)), shape);
}
