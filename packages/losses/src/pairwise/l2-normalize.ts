import { check, checkOptions, checkRule, rules } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';

export interface L2NormalizeOptions {
  /** Lower bound of the length that divides. Default 1e-12. */
  epsilon?: number;
}

/**
 * Rows of length 1: x / max(|x|, epsilon), along the last axis. A row of zeros stays zero and gets a finite gradient.
 *
 * **Shapes** x [..., D], result the same. **Memory** The result is the caller's.
 *
 * @throws DiptychError if x is no tensor of rows, or epsilon is not above 0
 * @see torch.nn.functional.normalize, which has the same bound
 * @example
 * const cosines = tf.matMul(l2Normalize(a), l2Normalize(b), false, true);
 */
export function l2Normalize<T extends tf.Tensor>(x: T, options: L2NormalizeOptions = {}): T {
  const { epsilon = 1e-12 } = checkOptions('l2Normalize', options, { epsilon: rules.positive });
  checkRule('l2Normalize', 'x', rules.tensor, x);
  check(x.rank > 0, 'l2Normalize', 'x', 'of shape [..., D]', x);
  return tf.tidy(() => {
    // In units of the largest entry, a constant to the gradient, no square overflows.
    const unit = withoutGradient(() => tf.maximum(tf.max(tf.abs(x), -1, true), epsilon)); // [..., 1]
    const scaled = tf.div(x, unit);
    const squared = tf.sum(tf.square(scaled), -1, true);
    return tf.mul(scaled, tf.rsqrt(tf.maximum(squared, tf.square(tf.div(epsilon, unit))))) as T;
  });
}
