import { checkOptions, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkFeaturePair, covariance } from '../feature-matrices.ts';

export interface VicRegOptions {
  /** Weight of the mean squared difference of the views. Default 25. */
  invariance?: number;
  /** Weight of the hinge that keeps every dimension's standard deviation above 1. Default 25. */
  variance?: number;
  /** Weight of the squared covariances. Default 1. */
  covariance?: number;
  /** Added to the variance before the root. Default 1e-4. */
  epsilon?: number;
}

/**
 * VICReg: views alike, every dimension spread, dimensions uncorrelated; no negatives, no teacher.
 *
 *     L = lambda mean (a - b)^2 + mu/2 [V(a) + V(b)] + nu [C(a) + C(b)]
 *     V(z) = mean_d max(0, 1 - sqrt(Var z_d + epsilon)),  C(z) = 1/D sum_{d != e} Cov(z)_de^2
 *
 * with unbiased variance and covariance of the rows seen.
 *
 * **Shapes** a and b [B, D] with B >= 2, result a scalar. **Memory** The result is the caller's.
 *
 * @throws DiptychError if the shapes differ, the batch has fewer than 2 rows, or a weight or epsilon is negative
 * @see Bardes, Ponce and LeCun 2022, VICReg, eq. 1 to 6, arXiv:2105.04906
 * @example
 * const loss = vicReg(projector.apply(z1), projector.apply(z2));
 */
export function vicReg(a: tf.Tensor2D, b: tf.Tensor2D, options: VicRegOptions = {}): tf.Scalar {
  const {
    invariance = 25,
    variance: spread = 25,
    covariance: decorrelation = 1,
    epsilon = 1e-4,
  } = checkOptions('vicReg', options, {
    invariance: rules.nonNegative,
    variance: rules.nonNegative,
    covariance: rules.nonNegative,
    epsilon: rules.nonNegative,
  });
  checkFeaturePair('vicReg', 'a', a, 'b', b);
  const [batch, width] = a.shape;
  return tf.tidy(() => {
    const collapse = (z: tf.Tensor2D) => {
      const unbiased = tf.mul(tf.moments(z, 0).variance, batch / (batch - 1)); // [D]
      return tf.mean(tf.relu(tf.sub(1, tf.sqrt(tf.add(unbiased, epsilon)))));
    };
    const redundancy = (z: tf.Tensor2D) => {
      const offDiagonal = tf.mul(covariance(z, 1), tf.sub(1, tf.eye(width))); // [D, D]
      return tf.div(tf.sum(tf.square(offDiagonal)), width);
    };
    return tf.addN([
      tf.mul(tf.mean(tf.squaredDifference(a, b)), invariance),
      tf.mul(tf.add(collapse(a), collapse(b)), spread / 2),
      tf.mul(tf.add(redundancy(a), redundancy(b)), decorrelation),
    ]) as tf.Scalar;
  });
}
