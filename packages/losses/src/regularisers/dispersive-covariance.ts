import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { covariance } from '../views/covariance.ts';
import { flatRows } from './flat-rows.ts';

export interface DispersiveCovarianceOptions {
  /** Applied to the rows [B, D] first: `l2Normalize`, or a standardisation of the columns. Default nothing. */
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
 * @throws DiptychError when z has fewer than two samples.
 * @see Wang and He, arXiv 2506.09027, table 1.
 * @example
 * const regulariser = dispersiveCovariance(features.mid, { normalize: l2Normalize });
 */
export function dispersiveCovariance(z: tf.Tensor, options: DispersiveCovarianceOptions = {}): tf.Scalar {
  const { normalize = (rows: tf.Tensor2D) => rows, ddof = 1 } = options;
  check(ddof === 0 || ddof === 1, 'dispersiveCovariance', 'options.ddof', '0 or 1', ddof);
  return tf.tidy(() => {
    const squares = tf.square(covariance(normalize(flatRows('dispersiveCovariance', z)), ddof)); // [D, D]
    return tf.sum(tf.mul(squares, tf.sub(1, tf.eye(squares.shape[0]!)))) as tf.Scalar;
  });
}
