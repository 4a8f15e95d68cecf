import * as tf from '@tensorflow/tfjs-core';
import { checkShape } from '@diptych/formats/errors';
import { fused, fusedAll, type FusedOp } from '../fused/dispatch.ts';

/**
 * Scales and shifts all tokens of a sample: x (1 + scale) + shift.
 *
 * **Shapes** x [B, N, D], scale [B, D], shift [B, D] or absent (0); result [B, N, D].
 * **Memory** the caller owns the result; the gradient saves x and scale, without copies.
 *
 * @throws DiptychError if the shapes do not fit
 * @see Peebles and Xie 2022, arXiv:2212.09748, section 3.2 (adaLN)
 *
 * @example
 * ```ts
 * modulate(layerNorm(x, null, null), scale, shift);
 * ```
 */
export function modulate(x: tf.Tensor3D, scale: tf.Tensor2D, shift?: tf.Tensor2D | null): tf.Tensor3D {
  checkShape('modulate', { x }, ['B', 'N', 'D']);
  const [batch, , width] = x.shape;
  checkShape('modulate', { scale }, [batch, width]);
  if (shift != null) checkShape('modulate', { shift }, [batch, width]);
  return tf.tidy(() => {
    const level = shift ?? (tf.zeros(scale.shape) as tf.Tensor2D);
    return fused(modulateOp, { x, scale, shift: level }, {}, () => composedModulate(x, scale, shift));
  });
}

/** Inputs x [B, N, D], scale [B, D], shift [B, D]. Output y [B, N, D]. */
export const modulateOp: FusedOp = {
  name: 'DiptychModulate',
  gradient: {
    inputsToSave: ['x', 'scale'],
    gradFunc: (dy, saved) => {
      const [x, scale] = saved as [tf.Tensor3D, tf.Tensor2D];
      const composed = () =>
        tf.grads((x, scale, shift) => composedModulate(x as tf.Tensor3D, scale as tf.Tensor2D, shift as tf.Tensor2D))(
          [x, scale, scale],
          dy as tf.Tensor,
        );
      const inputs = { dy: dy as tf.Tensor, x, scale };
      const [dx, dscale, dshift] = fusedAll(modulateGradOp, inputs, {}, composed);
      return { x: () => dx, scale: () => dscale, shift: () => dshift };
    },
  },
};

/** Inputs dy [B, N, D], x [B, N, D], scale [B, D]. Outputs dx [B, N, D], dscale [B, D], dshift [B, D]. */
export const modulateGradOp: FusedOp = { name: 'DiptychModulateGrad' };

/** `modulate` made of tfjs ops. */
export function composedModulate(x: tf.Tensor3D, scale: tf.Tensor2D, shift?: tf.Tensor2D | null): tf.Tensor3D {
  const scaled = tf.mul(x, tf.expandDims(tf.add(scale, 1), 1));
  return (shift ? tf.add(scaled, tf.expandDims(shift, 1)) : scaled) as tf.Tensor3D;
}
