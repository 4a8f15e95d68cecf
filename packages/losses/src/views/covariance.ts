import * as tf from '@tensorflow/tfjs-core';

/** Covariance of the columns, [D, D]: centred X^T X / (B - ddof). */
export function covariance(x: tf.Tensor2D, ddof: 0 | 1): tf.Tensor2D {
  return tf.tidy(() => {
    const centred = tf.sub(x, tf.mean(x, 0)) as tf.Tensor2D;
    return tf.div(tf.matMul(centred, centred, true, false), x.shape[0] - ddof) as tf.Tensor2D;
  });
}
