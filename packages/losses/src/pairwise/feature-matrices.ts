import { check, checkIntegerIn, checkShape } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

/** Two views' features: the same shape [B, D], at least two samples (a batch of one has no negatives). */
export function checkFeaturePair(where: string, nameA: string, a: tf.Tensor, nameB: string, b: tf.Tensor): void {
  checkRows(where, { [nameA]: a });
  checkShape(where, { [nameB]: b }, a.shape);
}

/** Queries q [B, D] and keys k [M, D] that hold the queries' positives from row `offset` on. */
export function checkQueries(where: string, q: tf.Tensor, k: tf.Tensor, offset: number): void {
  checkShape(where, { q }, ['B', 'D']);
  const [b, width] = q.shape as [number, number];
  checkShape(where, { k }, ['M', width]);
  checkIntegerIn(where, { 'number of keys': k.shape[0] }, [Math.max(2, b), Infinity]);
  checkIntegerIn(where, { offset }, [0, k.shape[0] - b]);
}

/** Features of several samples, [B, D] with B >= 2. */
export function checkRows(where: string, features: Readonly<Record<string, tf.Tensor>>): void {
  for (const [name, of] of Object.entries(features)) {
    check(of?.rank === 2 && of.shape[0] >= 2 && of.size > 0, where, name, 'of shape [B, D] with B >= 2', of);
  }
}

/** Features [B, ...] with B >= 2 as rows [B, D], whatever lies between. */
export function flatRows(where: string, z: tf.Tensor): tf.Tensor2D {
  check(z?.rank >= 2 && z.shape[0] >= 2 && z.size > 0, where, 'z', 'of shape [B, ..., D] with B >= 2', z);
  return tf.reshape(z, [z.shape[0], -1]);
}

/** Columns of mean 0 and variance 1 (biased, epsilon added before the root): batch norm without scale and shift. */
export function standardizeColumns(x: tf.Tensor2D, epsilon: number): tf.Tensor2D {
  return tf.tidy(() => {
    const { mean, variance } = tf.moments(x, 0); // [D]
    return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon))) as tf.Tensor2D;
  });
}

/** Covariance of the columns, [D, D]: centered X^T X / (B - ddof). */
export function covariance(x: tf.Tensor2D, ddof: 0 | 1): tf.Tensor2D {
  return tf.tidy(() => {
    const centered = tf.sub(x, tf.mean(x, 0)) as tf.Tensor2D;
    return tf.div(tf.matMul(centered, centered, true, false), x.shape[0] - ddof) as tf.Tensor2D;
  });
}

/** |x_i - x_j|^2 for all pairs of rows, [B, B]; exactly 0 between equal rows, never negative. */
export function pairwiseSquaredDistances(x: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const self = tf.eye(x.shape[0]);
    // From the middle, as a common offset would cost the digits of the differences; by way of the first row, so that equal rows are 0.
    const first = withoutGradient(() => tf.slice(x, 0, 1));
    const middle = withoutGradient(() => tf.mean(tf.sub(x, first), 0, true));
    const moved = tf.sub(tf.sub(x, first), middle) as tf.Tensor2D;
    const products = tf.matMul(moved, moved, false, true); // [B, B]
    // The squares from the same sums as the products, so that equal rows cancel to the last bit.
    const squared = tf.sum(tf.mul(products, self), 1, true); // [B, 1]
    const distances = tf.relu(tf.sub(tf.add(squared, tf.transpose(squared)), tf.mul(products, 2)));
    return tf.mul(distances, tf.sub(1, self)) as tf.Tensor2D;
  });
}

/** log of the mean of exp over all pairs of an [B, B] matrix, the pairs i = i included or not. */
export function logMeanExp(pairs: tf.Tensor2D, diagonal: boolean): tf.Scalar {
  return tf.tidy(() => {
    const n = pairs.shape[0];
    const self = tf.eye(n);
    // Nothing is left of the pairs i = i, not even where the others are far below them.
    const counted = diagonal ? pairs : tf.sub(tf.mul(pairs, tf.sub(1, self)), tf.mul(self, 1e30));
    const largest = withoutGradient(() => tf.max(counted));
    // A mean for every row, then of these: one sum over all pairs would round as often as there are pairs.
    const rows = tf.div(tf.sum(tf.exp(tf.sub(counted, largest)), 1), diagonal ? n : n - 1); // [B]
    return tf.add(tf.log(tf.mean(rows)), largest) as tf.Scalar;
  });
}
