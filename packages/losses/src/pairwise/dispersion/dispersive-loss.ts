import { checkOptions, checkShape, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { covariance, flatRows, logMeanExp, pairwiseSquaredDistances } from '../feature-matrices.ts';
import { l2Normalize } from '../l2-normalize.ts';

export interface DispersiveOptions {
  /** Temperature. Default 1. */
  tau?: number;
  /** Count the pairs of a sample with itself, as the official code does. Default true; without them there is no lower bound. */
  diagonal?: boolean;
}

const dispersiveRules = { tau: rules.positive, diagonal: rules.flag };

/**
 * Dispersive Loss: a contrastive loss without positives that pushes the features of a batch apart, added to a diffusion
 * loss (weight 0.25 officially) without views, heads or teacher.
 *
 *     L = log mean_{i, j} exp(-|z_i - z_j|^2 / (D tau))
 *
 * Everything after the batch axis is one vector of D numbers.
 *
 * **Shapes** z [B, ...] with B >= 2, result a scalar. **Units** nats: 0 when collapsed, at least -ln B with the diagonal.
 * **Memory** The result is the caller's.
 *
 * @throws DiptychError if z has fewer than two samples or tau is not above 0
 * @see Wang and He 2025, Dispersive Loss, eq. 6 and Algorithm 1, arXiv:2506.09027
 * @example
 * const regularizer = dispersiveL2(features.mid, { tau: 0.5 });
 */
export function dispersiveL2(z: tf.Tensor, options: DispersiveOptions = {}): tf.Scalar {
  const { tau = 1, diagonal = true } = checkOptions('dispersiveL2', options, dispersiveRules);
  return tf.tidy(() => {
    const rows = flatRows('dispersiveL2', z); // [B, D]
    return logMeanExp(tf.mul(pairwiseSquaredDistances(rows), -1 / (rows.shape[1] * tau)), diagonal);
  });
}

/**
 * Dispersive Loss on the sphere: pushes the directions of a batch's features apart.
 *
 *     L = log mean_{i, j} exp(cos(z_i, z_j) / tau)
 *
 * **Shapes** z [B, ...] with B >= 2, result a scalar. **Units** nats: 1 / tau when collapsed. **Memory** The result is the
 * caller's.
 *
 * @throws DiptychError if z has fewer than two samples or tau is not above 0
 * @see Wang and He 2025, Dispersive Loss, table 1, arXiv:2506.09027
 * @example
 * const regularizer = dispersiveCosine(features.mid, { tau: 0.5 });
 */
export function dispersiveCosine(z: tf.Tensor, options: DispersiveOptions = {}): tf.Scalar {
  const { tau = 1, diagonal = true } = checkOptions('dispersiveCosine', options, dispersiveRules);
  return tf.tidy(() => {
    const u = l2Normalize(flatRows('dispersiveCosine', z)); // [B, D]
    const cosines = tf.matMul(u, u, false, true);
    // A sample's cosine with itself is 1 whatever the weights: the rounding of its gradient, 0, would drown the others'.
    const self = tf.eye(u.shape[0]);
    const exact = tf.add(tf.mul(cosines, tf.sub(1, self)), self);
    return logMeanExp(tf.div(exact, tau) as tf.Tensor2D, diagonal);
  });
}

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
 * @throws DiptychError if z has fewer than two samples or the margin is not above 0
 * @see Wang and He 2025, Dispersive Loss, table 1, arXiv:2506.09027
 * @example
 * const regularizer = dispersiveHinge(features.mid, { margin: 2 });
 */
export function dispersiveHinge(z: tf.Tensor, options: DispersiveHingeOptions = {}): tf.Scalar {
  const { margin = 1, diagonal = true } = checkOptions('dispersiveHinge', options, {
    margin: rules.positive,
    diagonal: rules.flag,
  });
  return tf.tidy(() => {
    const rows = flatRows('dispersiveHinge', z); // [B, D]
    const n = rows.shape[0];
    const costs = tf.square(tf.relu(tf.sub(margin, tf.div(pairwiseSquaredDistances(rows), rows.shape[1])))); // [B, B]
    if (diagonal) return tf.mean(costs) as tf.Scalar;
    return tf.div(tf.sum(tf.mul(costs, tf.sub(1, tf.eye(n)))), n * (n - 1)) as tf.Scalar;
  });
}

export interface DispersiveCovarianceOptions {
  /** Applied to the rows [B, D] first: `l2Normalize`, or a standardization of the columns. Default nothing. */
  normalize?: (rows: tf.Tensor2D) => tf.Tensor2D;
  /** The covariance is divided by B - ddof. Default 1. */
  ddof?: 0 | 1;
}

/**
 * Dispersive Loss on the covariance: decorrelates the dimensions of a batch's features.
 *
 *     L = sum_{d != e} Cov(z)_de^2
 *
 * **Shapes** z [B, ...] with B >= 2, result a scalar. **Memory** The result is the caller's.
 *
 * @throws DiptychError if z has fewer than two samples
 * @see Wang and He 2025, Dispersive Loss, table 1, arXiv:2506.09027
 * @example
 * const regularizer = dispersiveCovariance(features.mid, { normalize: l2Normalize });
 */
export function dispersiveCovariance(z: tf.Tensor, options: DispersiveCovarianceOptions = {}): tf.Scalar {
  const { normalize = (rows: tf.Tensor2D) => rows, ddof = 1 } = checkOptions('dispersiveCovariance', options, {
    normalize: rules.callback,
    ddof: rules.oneOf(0, 1),
  });
  return tf.tidy(() => {
    const rows = normalize(flatRows('dispersiveCovariance', z));
    checkShape('dispersiveCovariance', { 'result of normalize': rows }, [z.shape[0], 'D']);
    const squares = tf.square(covariance(rows, ddof)); // [D, D]
    return tf.sum(tf.mul(squares, tf.sub(1, tf.eye(squares.shape[0])))) as tf.Scalar;
  });
}
