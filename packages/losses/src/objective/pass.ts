import { type Key, type Network, normalPerSample } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { StudentPass } from './objective.ts';

/** x + sigma n with one noise level and one noise image for each sample; sample i draws from the key folded with first + i. */
export function noised(x: tf.Tensor4D, sigma: readonly number[], key: Key, first: number): tf.Tensor4D {
  return tf.tidy(() => {
    const level = tf.tensor4d(Float32Array.from(sigma), [x.shape[0], 1, 1, 1]);
    return tf.add(x, tf.mul(level, normalPerSample(key, x.shape, { first }))) as tf.Tensor4D;
  });
}

/** A feature that the network has. */
export function checkTap(where: string, network: Network, tap: string, parameter = 'tap'): void {
  const known = network.tapNames();
  check(known.includes(tap), where, parameter, `one of the network's taps (${known.join(', ')})`, tap);
}

/** Mean loss of a pass's samples, each weighted by its importance where the draws have one. */
export function importanceMean(perSample: tf.Tensor1D, { importance }: Pick<StudentPass, 'importance'>): tf.Scalar {
  return tf.tidy(() => {
    const weighted = importance ? tf.mul(perSample, tf.tensor1d(Float32Array.from(importance))) : perSample;
    return tf.mean(weighted) as tf.Scalar;
  });
}
