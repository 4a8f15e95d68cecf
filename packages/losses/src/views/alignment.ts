import { check } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { checkFeaturePair } from '../contrastive/check-feature-pair.ts';
import { l2Normalize } from '../contrastive/l2-normalize.ts';

export interface AlignmentOptions {
  /** Power of the distance. Default 2. */
  alpha?: number;
}

/**
 * How far apart the two views of an image are on the unit sphere: a loss, or a figure of merit beside `uniformity`.
 *
 *     L = mean_i |u_i - v_i|^alpha,  u, v = a, b with rows of length 1
 *
 * **Shapes** a and b [B, D] with B >= 2, result a scalar. **Memory** The result is the caller's.
 *
 * @throws DiptychError on shapes that differ, a batch of one, alpha not above 0.
 * @see Wang and Isola, arXiv 2005.10242, eq. 8.
 * @example
 * const closeness = alignment(z1, z2);
 */
export function alignment(a: tf.Tensor2D, b: tf.Tensor2D, options: AlignmentOptions = {}): tf.Scalar {
  const { alpha = 2 } = options;
  checkFeaturePair('alignment', 'a', a, 'b', b);
  check(alpha > 0 && Number.isFinite(alpha), 'alignment', 'options.alpha', 'finite, above 0', alpha);
  return tf.tidy(() => {
    const squared = tf.sum(tf.squaredDifference(l2Normalize(a), l2Normalize(b)), -1); // [B]
    if (alpha === 2) return tf.mean(squared) as tf.Scalar;
    const apart = withoutGradient(() => tf.cast(tf.greater(squared, 0), 'float32'));
    const positive = tf.add(squared, tf.sub(1, apart)); // equal rows: value 0, gradient 0
    return tf.mean(tf.mul(tf.pow(positive, alpha / 2), apart)) as tf.Scalar;
  });
}
