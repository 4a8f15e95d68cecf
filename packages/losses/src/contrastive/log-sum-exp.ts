import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

/**
 * log sum exp along the last axis, [..., M] to [..., 1]. The largest is a constant to the gradient: its two parts there cancel, and their
 * rounding would drown the shares that are small.
 */
export function logSumExp(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const largest = withoutGradient(() => tf.max(x, -1, true));
    return tf.add(tf.log(tf.sum(tf.exp(tf.sub(x, largest)), -1, true)), largest);
  });
}
