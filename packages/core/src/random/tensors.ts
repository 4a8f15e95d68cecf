import * as tf from '@tensorflow/tfjs-core';
import { normals } from './arrays.ts';
import type { Key } from './key.ts';
import { threefry2x32 } from './threefry.ts';

/**
 * A float32 tensor uniform in the open interval (0, 1): element i is (floor(h_i / 2^9) + 1/2) / 2^23, where h_i is the high
 * word of threefry(key, (0, i)). All of these are float32 numbers, so nothing is rounded to 1.
 *
 * **Memory** the caller owns the tensor.
 *
 * @example
 * const dropped = tf.less(uniform(key(0), [64]), 0.1);
 */
export function uniform<R extends tf.Rank>(key: Key, shape: tf.ShapeMap[R]): tf.Tensor<R> {
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  for (let i = 0; i < values.length; i++) values[i] = ((threefry2x32(key, 0, i)[0] >>> 9) + 0.5) / 2 ** 23;
  return tf.tensor(values, shape);
}

/**
 * A float32 tensor of standard normal numbers, `normals(key, size)` in row-major order: the same on every backend.
 *
 * **Memory** the caller owns the tensor.
 *
 * @example
 * const n = normal(key(0), [2, 8, 8, 1]);
 */
export function normal<R extends tf.Rank>(key: Key, shape: tf.ShapeMap[R]): tf.Tensor<R> {
  return tf.tensor(normals(key, tf.util.sizeFromShape(shape)), shape);
}
