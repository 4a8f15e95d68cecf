import * as tf from '@tensorflow/tfjs-core';
import { apply, elementwise } from './elementwise.ts';

/** `DiptychGelu` and `DiptychGeluGrad`. */
export const geluOp = /* @__PURE__ */ elementwise(
  'DiptychGelu',
  (x) => {
    const half = tf.mul(x, 0.5);
    return tf.add(tf.mul(half, tf.erf(tf.mul(x, Math.SQRT1_2))), half);
  },
  (dy, x) => {
    const cdf = tf.add(tf.mul(tf.erf(tf.mul(x, Math.SQRT1_2)), 0.5), 0.5);
    const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return tf.mul(dy, tf.add(cdf, tf.mul(x, density)));
  },
);

/**
 * Gaussian error linear unit, exact: gelu(x) = x Phi(x) = x/2 (1 + erf(x / sqrt 2)). That of U-ViT; the DiT family has `geluTanh`.
 *
 * **Shapes** any, kept. **Memory** the caller owns the result; the gradient saves x alone.
 *
 * @see Hendrycks and Gimpel 2016, arXiv:1606.08415, section 2
 *
 * @example
 * ```ts
 * gelu(tf.tensor1d([-1, 0, 1])); // [-0.158655, 0, 0.841345]
 * ```
 */
export function gelu<T extends tf.Tensor>(x: T): T {
  return apply(geluOp, x);
}
