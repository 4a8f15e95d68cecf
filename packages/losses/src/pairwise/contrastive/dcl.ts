import { checkOptions, checkShape, rules } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { checkFeaturePair } from '../feature-matrices.ts';
import { l2Normalize } from '../l2-normalize.ts';
import { logSumExp } from './matching-cost.ts';

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
 * @throws DiptychError if the shapes differ, the batch has fewer than 2 rows, or the temperature is not above 0
 * @see Yeh et al. 2022, DCL, eq. 6, arXiv:2110.06848; lightly, `DCLLoss`
 * @example
 * const loss = dcl(projector.apply(z1), projector.apply(z2), { temperature: 0.1 });
 */
export function dcl(a: tf.Tensor2D, b: tf.Tensor2D, options: DclOptions = {}): tf.Scalar {
  const { temperature = 0.1, positiveWeight } = checkOptions('dcl', options, {
    temperature: rules.positive,
    positiveWeight: rules.callback,
  });
  checkFeaturePair('dcl', 'a', a, 'b', b);
  return tf.tidy(() => {
    const [an, bn] = [l2Normalize(a), l2Normalize(b)];
    const excluded = tf.mul(tf.eye(a.shape[0]), 1e9); // a cosine far below -1 leaves nothing in the sum
    const others = (x: tf.Tensor2D, y: tf.Tensor2D) => tf.sub(tf.matMul(x, y, false, true), excluded); // [B, B]
    const cosines = tf.sum(tf.mul(an, bn), -1) as tf.Tensor1D; // [B]
    const weights = positiveWeight && withoutGradient(() => positiveWeight(cosines));
    if (weights !== undefined || positiveWeight) {
      checkShape('dcl', { 'result of positiveWeight': weights as tf.Tensor1D }, cosines.shape);
    }
    const positive = tf.reshape(weights ? tf.mul(weights, cosines) : cosines, [-1, 1]);
    // Less the positive before the sum: afterwards it would cost the digits of what is left.
    const costs = (x: tf.Tensor2D, y: tf.Tensor2D) =>
      logSumExp(tf.div(tf.sub(tf.concat([others(x, x), others(x, y)], 1), positive), temperature)); // [B, 1]
    return tf.div(tf.add(tf.mean(costs(an, bn)), tf.mean(costs(bn, an))), 2) as tf.Scalar;
  });
}

export interface DclwOptions {
  /** Divides the cosines. Default 0.1. */
  temperature?: number;
  /** Concentration of the weights. Default 0.5. */
  sigma?: number;
}

/**
 * Decoupled contrastive loss whose positive terms weigh more where the two views are far apart.
 *
 *     w = 2 - B softmax(cos(a_i, b_i) / sigma)  (over the batch, without gradient)
 *
 * **Shapes** a and b [B, D] with B >= 2, result a scalar. **Memory** The result is the caller's.
 *
 * @throws DiptychError if the shapes differ, the batch has fewer than 2 rows, or temperature or sigma is not above 0
 * @see Yeh et al. 2022, DCL, eq. 7 and 8 (von Mises-Fisher weighting), arXiv:2110.06848
 * @example
 * const loss = dclw(projector.apply(z1), projector.apply(z2), { temperature: 0.1, sigma: 0.5 });
 */
export function dclw(a: tf.Tensor2D, b: tf.Tensor2D, options: DclwOptions = {}): tf.Scalar {
  const { sigma = 0.5, ...rest } = checkOptions<DclwOptions>('dclw', options, {
    temperature: rules.positive,
    sigma: rules.positive,
  });
  return dcl(a, b, {
    ...rest,
    positiveWeight: (cosines) =>
      tf.sub(2, tf.mul(tf.softmax(tf.div(cosines, sigma) as tf.Tensor1D), cosines.shape[0])) as tf.Tensor1D,
  });
}
