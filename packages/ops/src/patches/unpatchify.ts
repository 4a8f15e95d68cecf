import * as tf from '@tensorflow/tfjs-core';
import { check, checkCount, checkRule, checkShape, rules } from '@diptych/formats/errors';

/**
 * Puts tokens back into images: the inverse of `patchify`.
 *
 * **Shapes** tokens [B, H/p * W/p, p*p*C], in raster order, each (row in patch, column in patch, channel); result [B, H, W, C].
 * **Memory** the caller owns the result.
 *
 * @throws DiptychError if patch does not divide H and W, or the tokens do not have the number and width that [H, W, C] asks for
 *
 * @example
 * ```ts
 * unpatchify(tf.zeros([2, 16, 12]), 2, [8, 8, 3]).shape; // [2, 8, 8, 3]
 * ```
 */
export function unpatchify(tokens: tf.Tensor3D, patch: number, image: readonly [number, number, number]): tf.Tensor4D {
  checkRule('unpatchify', 'image', rules.list(rules.count), image);
  const [height, width, channels] = image;
  checkShape('unpatchify', { tokens }, ['B', 'N', 'p*p*C']);
  checkCount('unpatchify', { patch });
  check(
    height % patch === 0 && width % patch === 0,
    'unpatchify',
    'image',
    `[H, W, C] with ${patch} dividing H and W`,
    [height, width, channels],
  );
  const rows = height / patch;
  const columns = width / patch;
  const depth = patch * patch * channels;
  const [batch] = tokens.shape;
  checkShape('unpatchify', { tokens }, ['B', rows * columns, depth]);
  return tf.tidy(() => {
    const strips = tf.reshape(tokens, [batch * rows, columns, patch, patch * channels]);
    const lines = tf.transpose(strips, [0, 2, 1, 3]); // [B*rows, p, columns, p*C]
    return tf.reshape(lines, [batch, height, width, channels]) as tf.Tensor4D;
  });
}
