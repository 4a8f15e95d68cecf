import * as tf from '@tensorflow/tfjs-core';
import { apply, elementwise } from './elementwise.ts';

/** `DiptychSilu` and `DiptychSiluGrad`. */
export const siluOp = /* @__PURE__ */ elementwise(
  'DiptychSilu',
  (x) => tf.mul(x, tf.sigmoid(x)),
  (dy, x) => {
    const s = tf.sigmoid(x);
    // f' = s (1 + x (1 - s)) = s + y (1 - s)
    return tf.mul(dy, tf.mul(s, tf.add(tf.mul(x, tf.sub(1, s)), 1)));
  },
);

/**
 * Sigmoid linear unit (swish): silu(x) = x / (1 + exp(-x)).
 *
 * **Shapes** any, kept. **Memory** the caller owns the result; the gradient saves x alone.
 *
 * @see Elfwing, Uchibe, Doya 2017, arXiv:1702.03118, eq. 9
 *
 * @example
 * ```ts
 * silu(tf.tensor1d([-1, 0, 1])); // [-0.268941, 0, 0.731059]
 * ```
 */
export function silu<T extends tf.Tensor>(x: T): T {
  return apply(siluOp, x);
}
