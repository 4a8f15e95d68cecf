import { samplewiseNormal } from '@diptych/core';
import type { Key } from '@diptych/core';
import * as tf from '@tensorflow/tfjs-core';

/** x + sigma n with one noise level and one noise image for each sample; sample i draws from the key folded with first + i. */
export function noised(x: tf.Tensor4D, sigma: readonly number[], key: Key, first: number): tf.Tensor4D {
  return tf.tidy(() => {
    const level = tf.tensor4d(Float32Array.from(sigma), [x.shape[0], 1, 1, 1]);
    return tf.add(x, tf.mul(level, samplewiseNormal(key, x.shape, { first }))) as tf.Tensor4D;
  });
}
