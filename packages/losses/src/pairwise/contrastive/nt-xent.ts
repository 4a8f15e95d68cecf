import { checkOptions, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkFeaturePair } from '../feature-matrices.ts';
import { l2Normalize } from '../l2-normalize.ts';
import { matchingCost } from './matching-cost.ts';

export interface NtXentOptions {
  /** Divides the cosines. Default 0.5. */
  temperature?: number;
}

/**
 * SimCLR's loss: each of the 2B features must find the other view of its image among the 2B - 1 others.
 *
 *     L = 1/(2B) sum_i [ -s_ip(i) + log sum_{j != i} exp(s_ij) ],  s_ij = cos(z_i, z_j) / T,  z = [a; b]
 *
 * **Shapes** a and b [B, D] with B >= 2, result a scalar. **Units** nats; ln(2B - 1) when all features are equal.
 * **Memory** The result is the caller's.
 *
 * @throws DiptychError if the shapes differ, the batch has fewer than 2 rows, or the temperature is not above 0
 * @see Chen et al. 2020, SimCLR, eq. 1, arXiv:2002.05709
 * @example
 * const loss = ntXent(projector.apply(z1), projector.apply(z2), { temperature: 0.5 });
 */
export function ntXent(a: tf.Tensor2D, b: tf.Tensor2D, options: NtXentOptions = {}): tf.Scalar {
  const { temperature = 0.5 } = checkOptions('ntXent', options, { temperature: rules.positive });
  checkFeaturePair('ntXent', 'a', a, 'b', b);
  return tf.tidy(() => {
    const z = l2Normalize(tf.concat([a, b], 0)); // [2B, D]
    const batch = a.shape[0];
    const self = tf.eye(2 * batch);
    // A cosine of -1 - 1e9 leaves nothing in the sum: no row finds itself.
    const cosines = tf.sub(tf.matMul(z, z, false, true), tf.mul(self, 1e9)) as tf.Tensor2D; // [2B, 2B]
    const partners = tf.concat([tf.slice(self, batch), tf.slice(self, 0, batch)], 0);
    return tf.mean(matchingCost(cosines, partners as tf.Tensor2D, temperature)) as tf.Scalar;
  });
}
