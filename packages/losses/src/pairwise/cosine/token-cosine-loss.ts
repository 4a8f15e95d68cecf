import { checkShape } from '@diptych/formats/errors';
import { stopGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { l2Normalize } from '../l2-normalize.ts';

/**
 * Representation alignment: the projected tokens of a denoising network shall point where the tokens of another encoder
 * of the clean image do. The targets are the caller's, and get no gradient.
 *
 *     L = -mean_{b, n} cos(h_bn, sg(y_bn))
 *
 * For several encoders, add the losses and divide by their number.
 *
 * **Shapes** projected and target [B, N, D] (or [B, D]), result a scalar in [-1, 1]. **Memory** The result is the caller's.
 *
 * @throws DiptychError if the shapes differ or have fewer than two axes
 * @see Yu et al. 2025, REPA, eq. 8, arXiv:2410.06940
 * @example
 * const loss = repa(projector(features.mid), dinoTokens);
 */
export function tokenCosineLoss(projected: tf.Tensor, target: tf.Tensor): tf.Scalar {
  checkShape('tokenCosineLoss', { projected }, ['B', '...', 'D']);
  checkShape('tokenCosineLoss', { target }, projected.shape);
  return tf.tidy(() => {
    const cosines = tf.sum(tf.mul(l2Normalize(projected), stopGradient(l2Normalize(target))), -1); // [B, N]
    return tf.neg(tf.mean(cosines)) as tf.Scalar;
  });
}
