import * as tf from '@tensorflow/tfjs-core';

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
  return { value, gradFunc: (dy, saved) => tf.mul(dy, tf.sigmoid((saved as tf.Tensor[])[0]!)) };
});
