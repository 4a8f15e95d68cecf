import { check } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { checkFeaturePair } from '../contrastive/check-feature-pair.ts';
import { l2Normalize } from '../contrastive/l2-normalize.ts';
import { logSumExp } from '../contrastive/log-sum-exp.ts';

export interface DclOptions {
  /** Divides the cosines. Default 0.1. */
  temperature?: number;
  /** Weight of each positive term from the cosines [B] of the positive pairs, without gradient. Default 1; see `dclw`. */
  positiveWeight?: (cosines: tf.Tensor1D) => tf.Tensor1D;
}

/**
 * Decoupled contrastive loss: NT-Xent without the positive pair in the denominator, which frees small batches from the
 * factor that shrinks their gradient.
 *
 *     L_i = -w_i s_ii' + log sum_{j != i} [exp(s_ij) + exp(s_ij')],  s = cos / T
 *
 * with j over the same view and j' over the other one, averaged over the batch and both directions.
 *
 * **Shapes** a and b [B, D] with B >= 2, result a scalar. **Memory** The result is the caller's.
 *
 * @throws DiptychError on shapes that differ, a batch of one, a temperature not above 0.
 * @see Yeh et al., arXiv 2110.06848, eq. 6; lightly, `DCLLoss`.
 * @example
 * const loss = dcl(projector.apply(z1), projector.apply(z2), { temperature: 0.1 });
 */
export function dcl(a: tf.Tensor2D, b: tf.Tensor2D, options: DclOptions = {}): tf.Scalar {
  const { temperature = 0.1, positiveWeight } = options;
  checkFeaturePair('dcl', 'a', a, 'b', b);
  check(temperature > 0 && Number.isFinite(temperature), 'dcl', 'options.temperature', 'finite, above 0', temperature);
  return tf.tidy(() => {
    const [an, bn] = [l2Normalize(a), l2Normalize(b)];
    const excluded = tf.mul(tf.eye(a.shape[0]), 1e9); // a cosine far below -1 leaves nothing in the sum
    const others = (x: tf.Tensor2D, y: tf.Tensor2D) => tf.sub(tf.matMul(x, y, false, true), excluded); // [B, B]
    const cosines = tf.sum(tf.mul(an, bn), -1) as tf.Tensor1D; // [B]
    const weighted = positiveWeight
      ? tf.mul(
          withoutGradient(() => positiveWeight(cosines)),
          cosines,
        )
      : cosines;
    const positive = tf.reshape(weighted, [-1, 1]);
    // Less the positive before the sum: afterwards it would cost the digits of what is left.
    const costs = (x: tf.Tensor2D, y: tf.Tensor2D) =>
      logSumExp(tf.div(tf.sub(tf.concat([others(x, x), others(x, y)], 1), positive), temperature)); // [B, 1]
    return tf.div(tf.add(tf.mean(costs(an, bn)), tf.mean(costs(bn, an))), 2) as tf.Scalar;
  });
}
