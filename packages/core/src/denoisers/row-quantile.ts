import * as tf from '@tensorflow/tfjs-core';

/** Quantile of each row [B, N] with linear interpolation, as torch.quantile: [B, 1]. */
export function rowQuantile(rows: tf.Tensor2D, share: number): tf.Tensor2D {
  const at = (1 - share) * (rows.shape[1] - 1);
  const low = Math.floor(at);
  const top = tf.topk(rows, Math.min(low + 2, rows.shape[1])).values;
  const upper = tf.slice(top, [0, low], [-1, 1]);
  if (at === low) return upper;
  return tf.add(tf.mul(upper, 1 - (at - low)), tf.mul(tf.slice(top, [0, low + 1], [-1, 1]), at - low));
}
