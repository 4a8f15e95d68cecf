import * as tf from '@tensorflow/tfjs-core';
import { negativeCosine } from './negative-cosine.ts';
import { checkViews, type ViewPair } from './sim-siam.ts';

/**
 * BYOL: squared distance, on the unit sphere, of the student's predictions from the teacher's projections of the other
 * view, summed over both directions; the targets get no gradient.
 *
 *     L = [2 - 2 cos(p1, z2)] + [2 - 2 cos(p2, z1)],  mean over the batch
 *
 * **Shapes** all four [B, D] with B >= 2, result a scalar in [0, 8]. **Memory** The result is the caller's.
 *
 * @throws DiptychError if the shapes differ or the batch has fewer than 2 rows
 * @see Grill et al. 2020, BYOL, eq. 2, arXiv:2006.07733
 * @example
 * const loss = byol([predictor.apply(z1), predictor.apply(z2)], [target1, target2]);
 */
export function byol(p: ViewPair, z: ViewPair): tf.Scalar {
  checkViews('byol', { p, z });
  const [[p1, p2], [z1, z2]] = [p, z];
  return tf.tidy(() => {
    const directions = tf.add(negativeCosine(p1, z2), negativeCosine(p2, z1));
    return tf.add(tf.mul(directions, 2), 4) as tf.Scalar;
  });
}
