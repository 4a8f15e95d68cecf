import * as tf from '@tensorflow/tfjs-core';
import { check, checkShape } from '@diptych/formats/errors';

/**
 * Mean over all axes between the first and the last: tokens or maps to one vector per sample.
 *
 * **Shapes** x [B, N, D], [B, H, W, D] or [B, D]; result [B, D]. **Memory** the caller owns the result; the gradient saves nothing.
 *
 * @throws DiptychError if x has rank 0 or 1, or an empty axis to average over
 *
 * @example
 * ```ts
 * meanPool(tf.tensor3d([[[1, 10], [3, 30]]])); // [[2, 20]]
 * ```
 */
export function meanPool(x: tf.Tensor): tf.Tensor2D {
  checkShape('meanPool', { x }, ['B', '...', 'D']);
  const batch = x.shape[0];
  const width = x.shape[x.rank - 1];
  const count = x.shape.slice(1, -1).reduce((product, size) => product * size, 1);
  check(count > 0, 'meanPool', 'x', 'without empty axes between the first and the last', x);
  const run = tf.customGrad((...args) => {
    const [rows] = args as [tf.Tensor3D];
    // A product, for tf.tile is a generic loop on WASM. tfjs's own gradient uploads ones of the size of x.
    const gradFunc = (dy: tf.Tensor) => tf.mul(tf.reshape(dy, [batch, 1, width]), tf.fill([1, count, 1], 1 / count));
    return { value: tf.mean(rows, 1), gradFunc };
  });
  return tf.tidy(() => run(tf.reshape(x, [batch, count, width])) as tf.Tensor2D);
}
