import * as tf from '@tensorflow/tfjs-core';
import type { Head, HeadOptions } from '../heads/head.ts';

/** A head on every token or pixel by itself: [B, ..., D] to [B, ..., out]. */
export function applyToTokens(head: Head, x: tf.Tensor, options: HeadOptions): tf.Tensor {
  return tf.tidy(() => {
    const rows = tf.reshape(x, [-1, x.shape[x.rank - 1]!]) as tf.Tensor2D; // [B N, D]
    return tf.reshape(head.apply(rows, options), [...x.shape.slice(0, -1), head.outputs]);
  });
}
