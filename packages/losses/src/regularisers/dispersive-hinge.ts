import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { flatRows } from './flat-rows.ts';
import { pairwiseSquaredDistances } from './pairwise-squared-distances.ts';

export interface DispersiveHingeOptions {
  /** Distance from which a pair costs nothing. Default 1. */
  margin?: number;
  /** Count the pairs of a sample with itself, which add margin^2 / B and no gradient. Default true. */
  diagonal?: boolean;
}

/**
 * Dispersive Loss as a hinge: pairs of features closer than a margin are pushed apart.
 *
 *     L = mean_{i, j} max(0, margin - |z_i - z_j|^2 / D)^2
 *
 * **Shapes** z [B, ...] with B >= 2, result a scalar. **Units** margin squared when collapsed, 0 when all are far apart.
 * **Memory** The result is the caller's.
 *
 * @throws DiptychError when z has fewer than two samples or the margin is not above 0.
 * @see Wang and He, arXiv 2506.09027, table 1.
 * @example
 * const regulariser = dispersiveHinge(features.mid, { margin: 2 });
 */
export function dispersiveHinge(z: tf.Tensor, options: DispersiveHingeOptions = {}): tf.Scalar {
  const { margin = 1, diagonal = true } = options;
  check(margin > 0 && Number.isFinite(margin), 'dispersiveHinge', 'options.margin', 'finite, above 0', margin);
  return tf.tidy(() => {
    const rows = flatRows('dispersiveHinge', z); // [B, D]
    const n = rows.shape[0];
    const costs = tf.square(tf.relu(tf.sub(margin, tf.div(pairwiseSquaredDistances(rows), rows.shape[1])))); // [B, B]
    if (diagonal) return tf.mean(costs) as tf.Scalar;
    return tf.div(tf.sum(tf.mul(costs, tf.sub(1, tf.eye(n)))), n * (n - 1)) as tf.Scalar;
  });
}
