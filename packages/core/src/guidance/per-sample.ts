import * as tf from '@tensorflow/tfjs-core';

/** Sum over all but the batch axis, kept as [B, 1, ...]. */
export const sumRows = (x: tf.Tensor): tf.Tensor => tf.sum(x, axes(x), true);

/** Inner product of each sample, [B, 1, ...]. */
export const dotRows = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => sumRows(tf.mul(x, y));

const axes = (x: tf.Tensor) => Array.from({ length: x.rank - 1 }, (_, i) => i + 1);
