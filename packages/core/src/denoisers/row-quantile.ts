import * as tf from '@tensorflow/tfjs-core';
import { quantilePlace } from '../numeric/quantile.ts';

/** Quantile of each row [B, N] with linear interpolation, as torch.quantile: [B, 1]. Stays on the device. */
export function rowQuantile(rows: tf.Tensor2D, q: number): tf.Tensor2D {
  // Counted from the largest down, of which `topk` gives as many as are needed.
  const { low, high, share } = quantilePlace(rows.shape[1], 1 - q);
  const top = tf.topk(rows, high + 1).values;
  const upper = tf.slice(top, [0, low], [-1, 1]);
  if (share === 0) return upper;
  return tf.add(tf.mul(upper, 1 - share), tf.mul(tf.slice(top, [0, high], [-1, 1]), share));
}
