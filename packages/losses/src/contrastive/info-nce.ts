import { check } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { checkFeaturePair } from './check-feature-pair.ts';
import { l2Normalize } from './l2-normalize.ts';

export interface InfoNceOptions {
  /** Divides the cosines. Default 0.2, MoCo v3's for transformers. */
  temperature?: number;
  /** Factor of the cross-entropy. Default 2 temperature, MoCo v3's: keeps the size of the gradient when T changes. */
  scale?: number;
}

/**
 * Contrastive loss of queries against the keys of the same batch: row i of `k` is the positive of row i of `q`, all
 * other rows are negatives.
 *
 *     L = 2T mean_i [ -cos(q_i, k_i)/T + log sum_j exp(cos(q_i, k_j)/T) ]
 *
 * The gradient flows into both arguments; make the keys without gradient if they come from a teacher.
 *
 * **Shapes** q and k [B, D] with B >= 2, result a scalar. **Units** of L: nats times 2T; 2T ln B when all features are equal.
 * **Memory** The result is the caller's.
 *
 * @throws DiptychError on shapes that differ, a batch of one, temperature or scale not above 0.
 * @see MoCo v3, arXiv 2104.02057, Algorithm 1 (`ctr`).
 * @example
 * const loss = infoNce(predictor.apply(z1), withoutGradient(() => teacher.apply(z2)), { temperature: 0.2 });
 */
export function infoNce(q: tf.Tensor2D, k: tf.Tensor2D, options: InfoNceOptions = {}): tf.Scalar {
  const { temperature = 0.2, scale = 2 * temperature } = options;
  const where = 'infoNce';
  checkFeaturePair(where, 'q', q, 'k', k);
  check(
    temperature > 0 && Number.isFinite(temperature),
    where,
    'options.temperature',
    'a finite number above 0',
    temperature,
  );
  check(scale > 0 && Number.isFinite(scale), where, 'options.scale', 'a finite number above 0', scale);
  return tf.tidy(() => {
    const qn = l2Normalize(q);
    const kn = l2Normalize(k);
    const logits = tf.div(tf.matMul(qn, kn, false, true), temperature); // [B, B]
    const positive = tf.div(tf.sum(tf.mul(qn, kn), -1), temperature); // [B]
    return tf.mul(tf.mean(tf.sub(tf.logSumExp(logits, -1), positive)), scale) as tf.Scalar;
  });
}
