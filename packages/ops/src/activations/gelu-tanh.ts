import * as tf from '@tensorflow/tfjs-core';
import { apply, elementwise } from './elementwise.ts';

const twice = 2 * Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/** (1 + tanh u) / 2 = sigmoid(2 u), u = sqrt(2/pi) x (1 + 0.044715 x^2). WASM has no fast tanh. */
const gate = (x: tf.Tensor, xx: tf.Tensor) => tf.sigmoid(tf.mul(x, tf.add(tf.mul(xx, twice * cubic), twice)));

/** `DiptychGeluTanh` and `DiptychGeluTanhGrad`. */
export const geluTanhOp = /* @__PURE__ */ elementwise(
  'DiptychGeluTanh',
  (x) => tf.mul(x, gate(x, tf.square(x))),
  (dy, x) => {
    const xx = tf.square(x);
    const s = gate(x, xx);
    const slope = tf.mul(x, tf.add(tf.mul(xx, 3 * twice * cubic), twice)); // x d(2u)/dx
    return tf.mul(dy, tf.mul(s, tf.add(tf.mul(slope, tf.sub(1, s)), 1)));
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
