import { checkOptions, rules } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { checkFeaturePair, checkRows, logMeanExp, pairwiseSquaredDistances } from '../feature-matrices.ts';
import { l2Normalize } from '../l2-normalize.ts';

export interface AlignmentLossOptions {
  /** Power of the distance. Default 2. */
  alpha?: number;
}

/**
 * How far apart the two views of an image are on the unit sphere: a loss, or a figure of merit beside `uniformityLoss`.
 *
 *     L = mean_i |u_i - v_i|^alpha,  u, v = a, b with rows of length 1
 *
 * **Shapes** a and b [B, D] with B >= 2, result a scalar. **Memory** The result is the caller's.
 *
 * @throws DiptychError if the shapes differ, the batch has fewer than 2 rows, or alpha is not above 0
 * @see Wang and Isola 2020, section 4.1, arXiv:2005.10242
 * @example
 * const closeness = alignmentLoss(z1, z2);
 */
export function alignmentLoss(a: tf.Tensor2D, b: tf.Tensor2D, options: AlignmentLossOptions = {}): tf.Scalar {
  const { alpha = 2 } = checkOptions('alignmentLoss', options, { alpha: rules.positive });
  checkFeaturePair('alignmentLoss', 'a', a, 'b', b);
  return tf.tidy(() => {
    const squared = tf.sum(tf.squaredDifference(l2Normalize(a), l2Normalize(b)), -1); // [B]
    if (alpha === 2) return tf.mean(squared) as tf.Scalar;
    const apart = withoutGradient(() => tf.cast(tf.greater(squared, 0), 'float32'));
    const positive = tf.add(squared, tf.sub(1, apart)); // equal rows: value 0, gradient 0
    return tf.mean(tf.mul(tf.pow(positive, alpha / 2), apart)) as tf.Scalar;
  });
}

export interface UniformityLossOptions {
  /** Scale of the Gaussian potential. Default 2. */
  t?: number;
}

/**
 * How evenly features fill the unit sphere: the logarithm of the mean Gaussian potential over pairs.
 *
 *     L = log mean_{i < j} exp(-t |u_i - u_j|^2),  u = z with rows of length 1
 *
 * **Shapes** z [B, D] with B >= 2, result a scalar. **Units** nats: 0 when collapsed, at least -4t. **Memory** The
 * result is the caller's.
 *
 * @throws DiptychError if z is not [B, D] with B >= 2, or t is not above 0
 * @see Wang and Isola 2020, section 4.1, arXiv:2005.10242
 * @example
 * const spread = uniformityLoss(z);
 */
export function uniformityLoss(z: tf.Tensor2D, options: UniformityLossOptions = {}): tf.Scalar {
  const { t = 2 } = checkOptions('uniformityLoss', options, { t: rules.positive });
  checkRows('uniformityLoss', { z });
  return tf.tidy(() => {
    return logMeanExp(tf.mul(pairwiseSquaredDistances(l2Normalize(z)), -t), false);
  });
}
