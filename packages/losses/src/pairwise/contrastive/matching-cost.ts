import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

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

/** ln(1 + e^x) with all digits on every backend, also where it is small: max(x, 0) + ln(1 + e^-|x|). */
export const softplus = tf.customGrad((x, save) => {
  const at = x as tf.Tensor;
  (save as (tensors: tf.Tensor[]) => void)([at]);
  const value = tf.tidy(() => {
    const small = tf.exp(tf.neg(tf.abs(at))); // in (0, 1]
    // ln(1 + s) = 2 artanh(y), y = s / (2 + s) <= 1/3; backends without a log1p of their own would lose s beside 1.
    const y = tf.div(small, tf.add(small, 2));
    const square = tf.square(y);
    let sum: tf.Tensor = tf.onesLike(y);
    for (let n = 15; n >= 1; n -= 2) sum = n === 15 ? tf.div(sum, n) : tf.add(tf.mul(sum, square), 1 / n);
    return tf.add(tf.relu(at), tf.mul(tf.mul(y, sum), 2));
  });
  return { value, gradFunc: (dy, saved) => tf.mul(dy, tf.sigmoid((saved as tf.Tensor[])[0])) };
});
