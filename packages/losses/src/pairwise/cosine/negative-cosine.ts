import type * as tf from '@tensorflow/tfjs-core';
import { checkFeaturePair } from '../feature-matrices.ts';
import { tokenCosineLoss } from './token-cosine-loss.ts';

/**
 * Mean negative cosine of predictions and targets; the targets get no gradient.
 *
 *     L = -mean_i cos(p_i, sg(z_i))
 *
 * **Shapes** p and z [B, D] with B >= 2, result a scalar in [-1, 1]. **Memory** The result is the caller's.
 *
 * @throws DiptychError if the shapes differ or the batch has fewer than 2 rows
 * @see Chen and He 2021, SimSiam, eq. 1, arXiv:2011.10566
 * @example
 * const loss = negativeCosine(predictor.apply(z1), z2);
 */
export function negativeCosine(p: tf.Tensor2D, z: tf.Tensor2D): tf.Scalar {
  checkFeaturePair('negativeCosine', 'p', p, 'z', z);
  return tokenCosineLoss(p, z);
}
