import * as tf from '@tensorflow/tfjs-core';
import { gelu, silu } from '@diptych/ops';

/** x tanh(ln(1 + e^x)). @see Misra 2019, arXiv:1908.08681, eq. 1 */
function mish<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => {
    // With n = e^x, tanh(ln(1 + n)) is n (n + 2) / (n (n + 2) + 2): 1 in float32 far below 20.
    const n = tf.exp(tf.minimum(x, 20));
    const w = tf.mul(n, tf.add(n, 2));
    return tf.mul(x, tf.div(w, tf.add(w, 2))) as T;
  });
}

/** The activations of residual blocks by name; `gelu` is the exact one. */
export const unetActivations = { silu, gelu, mish, relu: (x: tf.Tensor) => tf.relu(x) } as const satisfies Readonly<
  Record<string, (x: tf.Tensor) => tf.Tensor>
>;

/** Name of an activation of a residual block. */
export type UNetActivation = keyof typeof unetActivations;
