import * as tf from '@tensorflow/tfjs-core';

/** The same function along both axes of images [B, H, W, C], each time as [N, length, D]. */
export function alongAxes(x: tf.Tensor4D, run: (lines: tf.Tensor3D) => tf.Tensor3D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const rows = run(tf.reshape(x, [batch, height, width * channels])); // [B, h, W C]
  const columns = run(tf.reshape(rows, [batch * rows.shape[1], width, channels])); // [B h, w, C]
  return tf.reshape(columns, [batch, rows.shape[1], columns.shape[1], channels]);
}

/** Zeros before and after the middle axis; x itself where there are none. */
export const padLines = (x: tf.Tensor3D, before: number, after: number): tf.Tensor3D =>
  before + after === 0
    ? x
    : tf.pad(x, [
        [0, 0],
        [before, after],
        [0, 0],
      ]);

/** The sum of tensors times numbers. */
export function weightedSum(parts: readonly (readonly [tensor: tf.Tensor3D, weight: number])[]): tf.Tensor3D {
  const scaled = parts.map(([tensor, weight]) => (weight === 1 ? tensor : tf.mul(tensor, weight)) as tf.Tensor3D);
  return scaled.reduce((sum, part) => tf.add(sum, part));
}
