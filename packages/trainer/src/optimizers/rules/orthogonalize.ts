import { check, checkOptions, checkRule, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';

export interface OrthogonalizeOptions {
  /** Default 5. */
  iterations?: number;
}

/** Those of the iteration x -> a x + b x^3 + c x^5, chosen for their slope at 0. */
const [a, b, c] = [3.4445, -4.775, 2.0315];

/**
 * A matrix with the singular vectors of X and singular values between about 0.7 and 1.2, by the quintic iteration of Newton
 * and Schulz: nearly U V^T of X = U S V^T, from matrix products alone.
 *
 *     X <- X / |X|,  then X <- a X + (b G + c G^2) X with G = X X^T
 *
 * Singular values below about 1e-3 of the norm of X need more than five iterations.
 *
 * **Shapes** [n, m] to [n, m]. **Memory** the result is the caller's.
 *
 * @throws DiptychError if x is no matrix, or the iterations are no positive integer.
 * @see Jordan et al. 2024, Muon: An optimizer for hidden layers in neural networks
 * @example
 * const direction = orthogonalize(tf.tensor2d([[3, 0], [0, 0.5]]));
 */
export function orthogonalize(x: tf.Tensor2D, options: OrthogonalizeOptions = {}): tf.Tensor2D {
  const where = 'orthogonalize';
  const { iterations = 5 } = checkOptions(where, options, { iterations: rules.count });
  checkRule(where, 'x', rules.tensor, x);
  check(x.rank === 2, where, 'x', 'a matrix', x);
  // The products are those of the shorter side.
  const [wide, high] = [x.shape[0] <= x.shape[1], x.shape[0] > x.shape[1]];
  return tf.tidy(() => {
    const norm = tf.sqrt(tf.sum(tf.square(x)));
    let y: tf.Tensor2D = tf.div(x, tf.maximum(norm, 1e-7));
    for (let i = 0; i < iterations; i++) {
      const last = y;
      y = tf.tidy(() => {
        const gram = tf.matMul<tf.Tensor2D>(last, last, high, wide);
        const polynomial = tf.add<tf.Tensor2D>(tf.mul(gram, b), tf.mul(tf.matMul(gram, gram), c));
        const product = wide ? tf.matMul(polynomial, last) : tf.matMul(last, polynomial);
        return tf.add(tf.mul(last, a), product);
      });
      last.dispose();
    }
    return y;
  });
}
