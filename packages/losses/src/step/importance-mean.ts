import * as tf from '@tensorflow/tfjs-core';
import type { StudentPass } from '../objective.ts';

/** Mean loss of a pass's samples, each weighted by its importance where the draws have one. */
export function importanceMean(perSample: tf.Tensor1D, { importance }: Pick<StudentPass, 'importance'>): tf.Scalar {
  return tf.tidy(() => {
    const weighted = importance ? tf.mul(perSample, tf.tensor1d(Float32Array.from(importance))) : perSample;
    return tf.mean(weighted) as tf.Scalar;
  });
}
