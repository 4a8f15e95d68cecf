import { check, checkIndex } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { foldIn } from './fold-in.ts';
import type { Key } from './key.ts';
import { normals } from './arrays.ts';

export interface SamplewiseNormalOptions {
  /** Number of the first sample: a worker that makes samples 64 .. 127 says 64. Default 0. */
  first?: number;
}

/**
 * Standard normal noise for a batch, [B, ...]: row i is `normals(foldIn(key, first + i), size of a row)`.
 *
 * So the noise of a sample is the same at any batch size, on any backend, with any number of workers.
 *
 * **Memory** the caller owns the tensor.
 *
 * @throws DiptychError if shape is empty, or first is not an integer >= 0
 * @example
 * const noise = samplewiseNormal(key(0), [64, 32, 32, 3]);
 */
export function samplewiseNormal<R extends tf.Rank>(
  key: Key,
  shape: tf.ShapeMap[R],
  { first = 0 }: SamplewiseNormalOptions = {},
): tf.Tensor<R> {
  check(shape.length > 0, 'samplewiseNormal', 'shape', 'at least [B]', shape);
  checkIndex('samplewiseNormal', { first });
  const [samples, ...row] = shape as number[];
  const size = tf.util.sizeFromShape(row);
  const values = new Float32Array(samples! * size);
  for (let i = 0; i < samples!; i++) values.set(normals(foldIn(key, first + i), size), i * size);
  return tf.tensor(values, shape);
}
