import { checkOptions, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkFeaturePair, standardizeColumns } from '../feature-matrices.ts';

export interface BarlowTwinsOptions {
  /** Weight of the redundancy term. Default 0.0051. */
  lambda?: number;
  /** Added to the variance of a column. Default 1e-5. */
  epsilon?: number;
}

/**
 * Barlow Twins: the cross-correlation of the two views' features shall be the identity.
 *
 *     L = sum_d (1 - C_dd)^2 + lambda sum_{d != e} C_de^2,  C = A^T B / batch
 *
 * with the columns of A and B standardized over the batch (biased variance).
 *
 * **Shapes** a and b [B, D] with B >= 2, result a scalar. **Memory** The result is the caller's.
 *
 * @throws DiptychError if the shapes differ, the batch has fewer than 2 rows, or lambda or epsilon is negative
 * @see Zbontar et al. 2021, Barlow Twins, eq. 1 and 2, arXiv:2103.03230
 * @example
 * const loss = barlowTwins(projector.apply(z1), projector.apply(z2));
 */
export function barlowTwins(a: tf.Tensor2D, b: tf.Tensor2D, options: BarlowTwinsOptions = {}): tf.Scalar {
  const { lambda = 0.0051, epsilon = 1e-5 } = checkOptions('barlowTwins', options, {
    lambda: rules.nonNegative,
    epsilon: rules.nonNegative,
  });
  checkFeaturePair('barlowTwins', 'a', a, 'b', b);
  const [batch, width] = a.shape;
  return tf.tidy(() => {
    const standard = (x: tf.Tensor2D) => standardizeColumns(x, epsilon);
    const correlation = tf.div(tf.matMul(standard(a), standard(b), true, false), batch); // [D, D]
    const identity = tf.eye(width);
    const weights = tf.add(tf.mul(identity, 1 - lambda), lambda); // 1 on the diagonal, lambda elsewhere
    return tf.sum(tf.mul(weights, tf.squaredDifference(correlation, identity))) as tf.Scalar;
  });
}
