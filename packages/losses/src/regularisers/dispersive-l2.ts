import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { flatRows } from './flat-rows.ts';
import { logMeanExp } from './log-mean-exp.ts';
import { pairwiseSquaredDistances } from './pairwise-squared-distances.ts';

export interface DispersiveOptions {
  /** Temperature. Default 1. */
  tau?: number;
  /** Count the pairs of a sample with itself, as the official code does. Default true; without them there is no lower bound. */
  diagonal?: boolean;
}

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
 * @throws DiptychError when z has fewer than two samples or tau is not above 0.
 * @see Wang and He, arXiv 2506.09027, eq. 6 and Algorithm 1.
 * @example
 * const regulariser = dispersiveL2(features.mid, { tau: 0.5 });
 */
export function dispersiveL2(z: tf.Tensor, options: DispersiveOptions = {}): tf.Scalar {
  const { tau = 1, diagonal = true } = options;
  check(tau > 0 && Number.isFinite(tau), 'dispersiveL2', 'options.tau', 'finite, above 0', tau);
  return tf.tidy(() => {
    const rows = flatRows('dispersiveL2', z); // [B, D]
    return logMeanExp(tf.mul(pairwiseSquaredDistances(rows), -1 / (rows.shape[1] * tau)), diagonal);
  });
}
