import * as tf from '@tensorflow/tfjs-core';
import { check, checkTensor } from '@diptych/formats/errors';
import { fused, type FusedOp } from '../fused/dispatch.ts';

/**
 * The gated activation of a SwiGLU MLP: silu(a) b, with a the first half of the last axis of x and b the second.
 *
 * **Shapes** x [..., 2 D]; result [..., D]. **Memory** the caller owns the result; a fused kernel saves x alone.
 *
 * @throws DiptychError if the last axis of x is odd
 * @see Shazeer 2020, arXiv:2002.05202, eq. 6
 *
 * @example
 * ```ts
 * linear(swiGlu(linear(x, gateAndValue)), out);
 * ```
 */
export function swiGlu<T extends tf.Tensor>(x: T): T {
  checkTensor('swiGlu', { x });
  check(x.rank >= 1 && x.shape[x.rank - 1] % 2 === 0, 'swiGlu', 'x', 'of shape [..., 2 D]', x);
  const width = x.shape[x.rank - 1] / 2;
  return tf.tidy(() => {
    const rows = tf.reshape(x, [-1, 2 * width]) as tf.Tensor2D; // [R, 2 D]
    const y = fused(swiGluOp, { x: rows }, {}, () => composedSwiGlu(rows));
    return tf.reshape(y, [...x.shape.slice(0, -1), width]) as T;
  });
}

/** Input x [R, 2 D]. Output y [R, D]. */
export const swiGluOp: FusedOp = {
  name: 'DiptychSwiGlu',
  gradient: {
    inputsToSave: ['x'],
    gradFunc: (dys, [x]) => {
      const dy = dys as tf.Tensor2D;
      const composed = () => tf.grad((x: tf.Tensor) => composedSwiGlu(x as tf.Tensor2D))(x, dy);
      return { x: () => fused(swiGluGradOp, { dy, x }, {}, composed) };
    },
  },
};

/** Inputs dy [R, D], x [R, 2 D]. Output dx [R, 2 D]. */
export const swiGluGradOp: FusedOp = { name: 'DiptychSwiGluGrad' };

/** `swiGlu` of a matrix, made of tfjs ops. */
export function composedSwiGlu(x: tf.Tensor2D): tf.Tensor2D {
  const [gate, value] = tf.split(x, 2, 1); // [R, D] each
  return tf.mul(tf.mul(gate, tf.sigmoid(gate)), value);
}
