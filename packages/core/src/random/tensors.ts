import { check, checkOptions, checkRule, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { normalArray } from './arrays.ts';
import { checkKey } from './check-key.ts';
import { foldIn, type Key, threefry2x32 } from './key.ts';

/**
 * A float32 tensor uniform in the open interval (0, 1): element i is (floor(h_i / 2^9) + 1/2) / 2^23, where h_i is the high
 * word of threefry(key, (0, i)). All of these are float32 numbers, so nothing is rounded to 1.
 *
 * **Shapes** the result has the shape given.
 * **Memory** the caller owns the tensor.
 *
 * @example
 * const dropped = tf.less(uniformTensor(key(0), [64]), 0.1);
 */
export function uniformTensor<R extends tf.Rank>(key: Key, shape: tf.ShapeMap[R]): tf.Tensor<R> {
  checkKey('uniformTensor', key);
  checkSizes('uniformTensor', shape);
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  for (let i = 0; i < values.length; i++) values[i] = ((threefry2x32(key, 0, i)[0] >>> 9) + 0.5) / 2 ** 23;
  return tf.tensor(values, shape);
}

/**
 * A float32 tensor of standard normal numbers, `normalArray(key, size)` in row-major order: the same on every backend.
 *
 * **Shapes** the result has the shape given.
 * **Memory** the caller owns the tensor.
 *
 * @example
 * const n = normalTensor(key(0), [2, 8, 8, 1]);
 */
export function normalTensor<R extends tf.Rank>(key: Key, shape: tf.ShapeMap[R]): tf.Tensor<R> {
  checkKey('normalTensor', key);
  checkSizes('normalTensor', shape);
  return tf.tensor(normalArray(key, tf.util.sizeFromShape(shape)), shape);
}

export interface NormalPerSampleOptions {
  /** Number of the first sample: a worker that makes samples 64 .. 127 says 64. Default 0. */
  first?: number;
}

/**
 * Standard normal noise for a batch, [B, ...]: row i is `normalArray(foldIn(key, first + i), size of a row)`.
 *
 * So the noise of a sample is the same at any batch size, on any backend, with any number of workers.
 *
 * **Shapes** the result has the shape given, its first axis the samples.
 * **Memory** the caller owns the tensor.
 *
 * @throws DiptychError if shape is empty, or first is not an integer >= 0
 * @example
 * const noise = normalPerSample(key(0), [64, 32, 32, 3]);
 */
export function normalPerSample<R extends tf.Rank>(
  key: Key,
  shape: tf.ShapeMap[R],
  options: NormalPerSampleOptions = {},
): tf.Tensor<R> {
  const { first = 0 } = checkOptions('normalPerSample', options, { first: rules.index });
  checkKey('normalPerSample', key);
  checkSizes('normalPerSample', shape);
  check(shape.length > 0, 'normalPerSample', 'shape', 'at least [B]', shape);
  const [samples, ...row] = shape as number[];
  const size = tf.util.sizeFromShape(row);
  const values = new Float32Array(samples! * size);
  for (let i = 0; i < samples!; i++) values.set(normalArray(foldIn(key, first + i), size), i * size);
  return tf.tensor(values, shape);
}

function checkSizes(where: string, shape: unknown): void {
  checkRule(where, 'shape', rules.list(rules.index), shape);
}
