import * as tf from '@tensorflow/tfjs-core';
import { check, checkCount, checkShape } from '@diptych/formats/errors';

/**
 * Cuts images into square patches, one token each.
 *
 * Tokens are in raster order; inside a token the order is (row in patch, column in patch, channel), channel fastest: the inverse of
 * `unpatchify`. A stride-p convolution with kernel [p, p, C, D] is `linear(patchify(x, p), reshape(kernel, [p*p*C, D]))`.
 *
 * **Shapes** x [B, H, W, C]; result [B, H/p * W/p, p*p*C]. **Memory** the caller owns the result.
 *
 * @throws DiptychError if x is not of rank 4, or patch does not divide its height and width
 * @see Dosovitskiy et al. 2020, arXiv:2010.11929, section 3.1
 *
 * @example
 * ```ts
 * patchify(tf.zeros([2, 8, 8, 3]), 2).shape; // [2, 16, 12]
 * ```
 */
export function patchify(x: tf.Tensor4D, patch: number): tf.Tensor3D {
  checkShape('patchify', { x }, ['B', 'H', 'W', 'C']);
  checkCount('patchify', { patch });
  const [batch, height, width, channels] = x.shape;
  check(height % patch === 0 && width % patch === 0, 'patchify', 'x', `of a size that ${patch} divides`, x);
  const rows = height / patch;
  const columns = width / patch;
  const depth = patch * patch * channels;
  return tf.tidy(() => {
    // Four axes at most: WASM transposes five and more by a generic loop.
    const strips = tf.reshape(x, [batch * rows, patch, columns, patch * channels]);
    const tokens = tf.transpose(strips, [0, 2, 1, 3]); // [B*rows, columns, p, p*C]
    return tf.reshape(tokens, [batch, rows * columns, depth]) as tf.Tensor3D;
  });
}
