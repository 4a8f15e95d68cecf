import { checkShape } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';

/** How large the error D - x0 of each sample is: [B, H, W, C] to [B]. */
export type ErrorMeasure = (difference: Tensor4D) => Tensor1D;

export const checkDifference = (where: string, difference: Tensor4D): void =>
  checkShape(where, { difference }, ['B', 'H', 'W', 'C']);

/**
 * Mean square of each sample's error: mean_HWC d^2.
 *
 * **Shapes** [B, H, W, C] to [B]. **Memory** The result is the caller's.
 *
 * @example
 * denoisingLoss(diffusion, { error: squaredError }); // the default
 */
export function squaredError(difference: tf.Tensor4D): tf.Tensor1D {
  checkDifference('squaredError', difference);
  return tf.tidy(() => tf.mean(tf.square(difference), [1, 2, 3]) as tf.Tensor1D);
}
