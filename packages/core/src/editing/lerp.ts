import { checkFinite, checkShape, checkTensor } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';

/** Two tensors of one shape, and a share of the way between. */
export function checkPair(where: string, from: tf.Tensor, to: tf.Tensor, share: number): void {
  checkTensor(where, { from });
  checkShape(where, { to }, from.shape);
  checkFinite(where, { share });
}

/**
 * Linear interpolation, from + share (to - from): for data, and for latents that are not mostly noise.
 *
 * **Shapes** all three are of one shape.
 * **Memory** the caller owns all three tensors.
 *
 * @throws DiptychError if the shapes differ or share is not finite
 * @example
 * lerp(a, b, 0.5);
 */
export function lerp<T extends tf.Tensor>(from: T, to: T, share: number): T {
  checkPair('lerp', from, to, share);
  return tf.tidy(() => tf.add(from, tf.mul(share, tf.sub(to, from))));
}
