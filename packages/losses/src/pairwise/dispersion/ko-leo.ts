import { checkOptions, rules } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { checkRows } from '../feature-matrices.ts';
import { l2Normalize } from '../l2-normalize.ts';

export interface KoLeoOptions {
  /** Keeps logarithm and length away from 0. Default 1e-8. */
  epsilon?: number;
}

/**
 * Kozachenko-Leonenko entropy estimate as a regularizer: pushes every feature away from its nearest neighbor on the
 * sphere.
 *
 *     L = -mean_i log(|u_i - u_nn(i) + epsilon| + epsilon),  nn(i) = argmax_{j != i} u_i . u_j
 *
 * The gradient flows into both ends of each pair. At identical rows it is 0, so it cannot undo a full collapse.
 *
 * **Shapes** x [B, D] with B >= 2, result a scalar. **Units** nats: 17 to 18 when collapsed. **Memory** The result is the
 * caller's.
 *
 * @throws DiptychError if x is not [B, D] with B >= 2, or epsilon is not above 0
 * @see Sablayrolles et al. 2019, eq. 2, arXiv:1806.03198; Oquab et al. 2023, DINOv2, section 4, arXiv:2304.07193
 * @example
 * const loss = koLeo(classTokens);
 */
export function koLeo(x: tf.Tensor2D, options: KoLeoOptions = {}): tf.Scalar {
  const { epsilon = 1e-8 } = checkOptions('koLeo', options, { epsilon: rules.positive });
  checkRows('koLeo', { x });
  const n = x.shape[0];
  return tf.tidy(() => {
    const u = l2Normalize(x, { epsilon });
    const nearest = withoutGradient(() => {
      const others = tf.sub(tf.matMul(u, u, false, true), tf.mul(tf.eye(n), 4)); // a cosine of -3 is nobody's neighbor
      return tf.cast(tf.oneHot(tf.argMax(others, 1), n), 'float32'); // [B, B]
    });
    const neighbors = tf.matMul(nearest as tf.Tensor2D, u); // [B, D]; a product where a gather has no gradient on WASM
    const squared = tf.sum(tf.square(tf.add(tf.sub(u, neighbors), epsilon)), 1); // [B]
    return tf.neg(tf.mean(tf.log(tf.add(tf.sqrt(tf.maximum(squared, epsilon ** 2)), epsilon)))) as tf.Scalar;
  });
}
