import { check, checkOptions, rules } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

export interface SinkhornKnoppOptions {
  /** Divides the logits (epsilon in SwAV). Default 0.05. */
  temperature?: number;
  /** Rounds of normalizing prototypes, then samples. Default 3. */
  iterations?: number;
}

/**
 * Assigns samples to prototypes so that every prototype gets an equal share of the batch: the targets of SwAV, and
 * DINOv2's way against collapse. Each row of the result is a distribution.
 *
 *     Q = exp(logits / T); repeat: columns of Q sum to 1/K, rows of Q sum to 1/B;  result B Q
 *
 * The largest logit is subtracted first, which changes nothing but the range: float32 would overflow at a logit of 4.5
 * and T = 0.05.
 *
 * **Shapes** logits [B, K], result [B, K], without gradient. **Memory** The result is the caller's.
 *
 * @throws DiptychError if logits are not [B, K], the temperature is not above 0, or iterations is not a positive integer
 * @see Caron et al. 2020, SwAV, section 3.1 and appendix A, arXiv:2006.09882; Cuturi 2013, Sinkhorn distances, arXiv:1306.0895
 * @example
 * const codes = sinkhornKnopp(prototypes.apply(z), { temperature: 0.05 });
 */
export function sinkhornKnopp(logits: tf.Tensor2D, options: SinkhornKnoppOptions = {}): tf.Tensor2D {
  const where = 'sinkhornKnopp';
  const { temperature = 0.05, iterations = 3 } = checkOptions(where, options, {
    temperature: rules.positive,
    iterations: rules.count,
  });
  check(logits?.rank === 2 && logits.size > 0, where, 'logits', 'of shape [B, K]', logits);
  return withoutGradient(() => {
    const scaled = tf.div(logits, temperature);
    let logQ = tf.sub(scaled, tf.max(scaled)) as tf.Tensor2D; // in logarithms no row or column can underflow to 0/0
    for (let i = 0; i < iterations; i++) {
      logQ = tf.sub(logQ, tf.logSumExp(logQ, 0, true)); // columns sum to 1
      logQ = tf.sub(logQ, tf.logSumExp(logQ, 1, true)); // rows sum to 1
    }
    return tf.exp(logQ);
  });
}
