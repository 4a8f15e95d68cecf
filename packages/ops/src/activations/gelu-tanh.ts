import * as tf from '@tensorflow/tfjs-core';
import { apply, elementwise } from './elementwise.ts';

const scale = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/** tanh(sqrt(2/pi) x (1 + 0.044715 x^2)) from x and x^2. */
const squash = (x: tf.Tensor, xx: tf.Tensor) => tf.tanh(tf.mul(x, tf.add(tf.mul(xx, scale * cubic), scale)));

/** `DiptychGeluTanh` and `DiptychGeluTanhGrad`. */
export const geluTanhOp = /* @__PURE__ */ elementwise(
  'DiptychGeluTanh',
  (x) => {
    const half = tf.mul(x, 0.5);
    return tf.add(tf.mul(half, squash(x, tf.square(x))), half);
  },
  (dy, x) => {
    const xx = tf.square(x);
    const s = squash(x, xx);
    const inner = tf.mul(x, tf.add(tf.mul(xx, 1.5 * scale * cubic), 0.5 * scale)); // x/2 du/dx
    const slope = tf.add(tf.mul(inner, tf.sub(1, tf.square(s))), tf.add(tf.mul(s, 0.5), 0.5));
    return tf.mul(dy, slope);
  },
);

/**
 * Gaussian error linear unit by the hyperbolic tangent: x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). That of DiT and SiT;
 * it differs from the exact `gelu` by up to 5e-4.
 *
 * **Shapes** any, kept. **Memory** the caller owns the result; the gradient saves x alone.
 *
 * @see Hendrycks and Gimpel 2016, arXiv:1606.08415, section 2
 *
 * @example
 * ```ts
 * geluTanh(tf.tensor1d([-1, 0, 1])); // [-0.158808, 0, 0.841192]
 * ```
 */
export function geluTanh<T extends tf.Tensor>(x: T): T {
  return apply(geluTanhOp, x);
}
