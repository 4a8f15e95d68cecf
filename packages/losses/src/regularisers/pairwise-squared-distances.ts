import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

/** |x_i - x_j|^2 for all pairs of rows, [B, B]; exactly 0 between equal rows, never negative. */
export function pairwiseSquaredDistances(x: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const self = tf.eye(x.shape[0]);
    // From the middle, as a common offset would cost the digits of the differences; by way of the first row, so that equal rows are 0.
    const first = withoutGradient(() => tf.slice(x, 0, 1));
    const middle = withoutGradient(() => tf.mean(tf.sub(x, first), 0, true));
    const moved = tf.sub(tf.sub(x, first), middle) as tf.Tensor2D;
    const products = tf.matMul(moved, moved, false, true); // [B, B]
    // The squares from the same sums as the products, so that equal rows cancel to the last bit.
    const squared = tf.sum(tf.mul(products, self), 1, true); // [B, 1]
    const distances = tf.relu(tf.sub(tf.add(squared, tf.transpose(squared)), tf.mul(products, 2)));
    return tf.mul(distances, tf.sub(1, self)) as tf.Tensor2D;
  });
}
