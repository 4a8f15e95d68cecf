import * as tf from '@tensorflow/tfjs-core';
import { logSumExp } from './log-sum-exp.ts';
import { softplus } from './softplus.ts';

/**
 * -log softmax(cosines / T) of each row at its own column, [B, M] to [B, 1]: ln(1 + sum over the others of exp((cos - own cos) / T)), which
 * keeps its digits, and those of its gradient, where the match is nearly certain.
 */
export function matchingCost(cosines: tf.Tensor2D, own: tf.Tensor2D, temperature: number): tf.Tensor2D {
  return tf.tidy(() => {
    const positive = tf.sum(tf.mul(cosines, own), -1, true); // [B, 1]
    const others = tf.sub(tf.sub(cosines, positive), tf.mul(own, 1e9)); // a cosine so far below leaves nothing in the sum
    return softplus(logSumExp(tf.div(others, temperature))) as tf.Tensor2D;
  });
}
