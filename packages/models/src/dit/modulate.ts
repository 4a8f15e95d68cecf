import * as tf from '@tensorflow/tfjs-core';

/**
 * Scales and shifts all tokens of a sample: x (1 + scale) + shift.
 *
 * **Shapes** x [B, N, D], scale and shift [B, D] -> [B, N, D].
 *
 * @see Peebles and Xie 2022, arXiv:2212.09748, section 3.2
 */
export function modulate(x: tf.Tensor3D, scale: tf.Tensor2D, shift?: tf.Tensor2D): tf.Tensor3D {
  const scaled = tf.mul(x, tf.expandDims(tf.add(scale, 1), 1));
  return (shift ? tf.add(scaled, tf.expandDims(shift, 1)) : scaled) as tf.Tensor3D;
}
