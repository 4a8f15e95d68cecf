import { checkOptions, rules } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { checkQueries } from '../feature-matrices.ts';
import { l2Normalize } from '../l2-normalize.ts';
import type { InfoNceOptions } from './info-nce.ts';

/**
 * How often the positive is the most similar key: the share of rows i where cos(q_i, k_i) > cos(q_i, k_j) for all j != i.
 * Ties count as wrong, so that collapsed features score 0.
 *
 * **Shapes** q [B, D], k [M, D] with M >= B and M >= 2 as in `infoNce`, result a scalar in [0, 1], without gradient. **Memory** The
 * result is the caller's.
 *
 * @throws DiptychError if the shapes do not fit or there are fewer than 2 keys
 * @example
 * const accuracy = contrastiveAccuracy(queries, keys); // 1 / B by chance
 */
export function contrastiveAccuracy(
  q: tf.Tensor2D,
  k: tf.Tensor2D,
  options: Pick<InfoNceOptions, 'offset'> = {},
): tf.Scalar {
  const { offset = 0 } = checkOptions('contrastiveAccuracy', options, { offset: rules.index });
  checkQueries('contrastiveAccuracy', q, k, offset);
  return withoutGradient(() => {
    const [b, m] = [q.shape[0], k.shape[0]];
    const cosines = tf.matMul(l2Normalize(q), l2Normalize(k), false, true); // [B, M]
    const own = tf.pad(tf.eye(b), [
      [0, 0],
      [offset, m - b - offset],
    ]);
    const positive = tf.sum(tf.mul(cosines, own), -1); // [B]
    const negative = tf.max(tf.sub(cosines, tf.mul(own, 3)), -1); // [B]; cosines differ by at most 2
    return tf.mean(tf.cast(tf.greater(positive, negative), 'float32')) as tf.Scalar;
  });
}
