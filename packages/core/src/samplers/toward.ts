import * as tf from '@tensorflow/tfjs-core';

/** D + share (x - D): the point at `share` of the way from D to x. Exactly D at 0, and well-rounded near it. */
export const toward = (denoised: tf.Tensor, x: tf.Tensor, share: number): tf.Tensor =>
  share === 0 ? denoised : tf.add(denoised, tf.mul(share, tf.sub(x, denoised)));
