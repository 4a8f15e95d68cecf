import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { l2Normalize } from '../contrastive/l2-normalize.ts';
import type { DispersiveOptions } from './dispersive-l2.ts';
import { flatRows } from './flat-rows.ts';
import { logMeanExp } from './log-mean-exp.ts';

/**
 * Dispersive Loss on the sphere: pushes the directions of a batch's features apart.
 *
 *     L = log mean_{i, j} exp(cos(z_i, z_j) / tau)
 *
 * **Shapes** z [B, ...] with B >= 2, result a scalar. **Units** nats: 1 / tau when collapsed. **Memory** The result is the
 * caller's.
 *
 * @throws DiptychError when z has fewer than two samples or tau is not above 0.
 * @see Wang and He, arXiv 2506.09027, table 1.
 * @example
 * const regulariser = dispersiveCosine(features.mid, { tau: 0.5 });
 */
export function dispersiveCosine(z: tf.Tensor, options: DispersiveOptions = {}): tf.Scalar {
  const { tau = 1, diagonal = true } = options;
  check(tau > 0 && Number.isFinite(tau), 'dispersiveCosine', 'options.tau', 'finite, above 0', tau);
  return tf.tidy(() => {
    const u = l2Normalize(flatRows('dispersiveCosine', z)); // [B, D]
    const cosines = tf.matMul(u, u, false, true);
    // A sample's cosine with itself is 1 whatever the weights: the rounding of its gradient, 0, would drown the others'.
    const self = tf.eye(u.shape[0]);
    const exact = tf.add(tf.mul(cosines, tf.sub(1, self)), self);
    return logMeanExp(tf.div(exact, tau) as tf.Tensor2D, diagonal);
  });
}
