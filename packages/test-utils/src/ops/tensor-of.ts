import * as tf from '@tensorflow/tfjs-core';

/** A tensor of reproducible numbers, uniform in [-1, 1) times `scale` plus `offset`: the same on every backend. */
export function tensorOf<R extends tf.Rank = tf.Rank>(
  shape: tf.ShapeMap[R],
  seed = 1,
  { scale = 1, offset = 0 }: { scale?: number; offset?: number } = {},
): tf.Tensor<R> {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) >>> 0;
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
    // Mulberry32: enough for test data.
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return offset + scale * (((bits ^ (bits >>> 14)) >>> 0) / 2 ** 31 - 1);
  });
  return tf.tensor<R>(values, shape);
}
