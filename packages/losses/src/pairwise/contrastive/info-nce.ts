import { checkOptions, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkQueries } from '../feature-matrices.ts';
import { l2Normalize } from '../l2-normalize.ts';
import { matchingCost } from './matching-cost.ts';

export interface InfoNceOptions {
  /** Divides the cosines. Default 0.2, MoCo v3's for transformers. */
  temperature?: number;
  /** Factor of the cross-entropy. Default 2 temperature, MoCo v3's: keeps the size of the gradient when T changes. */
  scale?: number;
  /** Row of `k` that holds the positive of the first query, where `k` has more rows than `q`. Default 0. */
  offset?: number;
}

/**
 * Contrastive loss of queries against the keys of the same batch: row i of `k` is the positive of row i of `q`, all
 * other rows are negatives. Keys gathered from other workers, or kept from earlier steps, may be further rows of `k`.
 *
 *     L = 2T mean_i [ -cos(q_i, k_i)/T + log sum_j exp(cos(q_i, k_j)/T) ],  i = 1 ... B, j = 1 ... M
 *
 * The gradient flows into both arguments; make the keys without gradient if they come from a teacher.
 *
 * **Shapes** q [B, D], k [M, D] with M >= B and M >= 2, result a scalar. **Units** of L: nats times 2T; 2T ln M when all
 * features are equal.
 * **Memory** The result is the caller's.
 *
 * @throws DiptychError if the shapes do not fit, there are fewer than 2 keys, or temperature or scale is not above 0
 * @see Chen, Xie and He 2021, MoCo v3, Algorithm 1 (`ctr`), arXiv:2104.02057
 * @example
 * const loss = infoNce(predictor.apply(z1), withoutGradient(() => teacher.apply(z2)), { temperature: 0.2 });
 */
export function infoNce(q: tf.Tensor2D, k: tf.Tensor2D, options: InfoNceOptions = {}): tf.Scalar {
  const where = 'infoNce';
  const {
    temperature = 0.2,
    scale = 2 * temperature,
    offset = 0,
  } = checkOptions(where, options, { temperature: rules.positive, scale: rules.positive, offset: rules.index });
  checkQueries(where, q, k, offset);
  return tf.tidy(() => {
    const cosines: tf.Tensor2D = tf.matMul(l2Normalize(q), l2Normalize(k), false, true); // [B, M]
    const [b, m] = cosines.shape;
    const rows = Int32Array.from({ length: b }, (_, i) => offset + i);
    const own = tf.cast(tf.oneHot(tf.tensor1d(rows, 'int32'), m), 'float32') as tf.Tensor2D; // [B, M]
    return tf.mul(tf.mean(matchingCost(cosines, own, temperature)), scale) as tf.Scalar;
  });
}
