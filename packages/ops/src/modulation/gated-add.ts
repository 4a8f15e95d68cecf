import * as tf from '@tensorflow/tfjs-core';
import { checkShape } from '@diptych/formats/errors';
import { fused, fusedAll, type FusedOp } from '../fused/dispatch.ts';

/**
 * A residual whose branch a condition opens: x + gate branch, the gate the same for all tokens of a sample.
 *
 * **Shapes** x and branch [B, N, D], gate [B, D]; result [B, N, D].
 * **Memory** the caller owns the result; the gradient saves branch and gate, without copies.
 *
 * @throws DiptychError if the shapes do not fit
 * @see Peebles and Xie 2022, arXiv:2212.09748, section 3.2 (adaLN-Zero)
 *
 * @example
 * ```ts
 * gatedAdd(x, attention(qkv, { heads: 6 }), gate);
 * ```
 */
export function gatedAdd(x: tf.Tensor3D, branch: tf.Tensor3D, gate: tf.Tensor2D): tf.Tensor3D {
  checkShape('gatedAdd', { x }, ['B', 'N', 'D']);
  checkShape('gatedAdd', { branch }, x.shape);
  const [batch, , width] = x.shape;
  checkShape('gatedAdd', { gate }, [batch, width]);
  return fused(gatedAddOp, { x, branch, gate }, {}, () => tf.tidy(() => composedGatedAdd(x, branch, gate)));
}

/** Inputs x and branch [B, N, D], gate [B, D]. Output y [B, N, D]. */
export const gatedAddOp: FusedOp = {
  name: 'DiptychGatedAdd',
  gradient: {
    inputsToSave: ['branch', 'gate'],
    gradFunc: (dys, saved) => {
      const dy = dys as tf.Tensor3D;
      const [branch, gate] = saved as [tf.Tensor3D, tf.Tensor2D];
      const composed = () =>
        tf.grads((branch, gate) => composedGatedAdd(dy, branch as tf.Tensor3D, gate as tf.Tensor2D))(
          [branch, gate],
          dy,
        );
      const [dbranch, dgate] = fusedAll(gatedAddGradOp, { dy, branch, gate }, {}, composed);
      return { x: () => tf.clone(dy), branch: () => dbranch, gate: () => dgate };
    },
  },
};

/** Inputs dy and branch [B, N, D], gate [B, D]. Outputs dbranch [B, N, D], dgate [B, D]. */
export const gatedAddGradOp: FusedOp = { name: 'DiptychGatedAddGrad' };

/** `gatedAdd` made of tfjs ops. */
export function composedGatedAdd(x: tf.Tensor3D, branch: tf.Tensor3D, gate: tf.Tensor2D): tf.Tensor3D {
  return tf.add(x, tf.mul(branch, tf.expandDims(gate, 1)));
}
