import { checkOptions, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkDifference, type ErrorMeasure } from './squared-error.ts';

export interface PseudoHuberOptions {
  /** Where the parabola becomes a line, in lengths of a whole image. Default 0.00054 sqrt(H W C), that of consistency training. */
  c?: number;
}

/**
 * Pseudo-Huber measure of each sample's error: the length of the whole difference, rounded off at 0.
 *
 *     sqrt(|d|^2 + c^2) - c
 *
 * **Shapes** [B, H, W, C] to [B]. **Units** a length of pixels, not a mean square. **Memory** The result is the caller's.
 *
 * @throws DiptychError if c is not above 0
 * @see Song and Dhariwal 2023, eq. 8, arXiv:2310.14189
 * @example
 * denoisingLoss(diffusion, { error: pseudoHuber() });
 */
export function pseudoHuber(options: PseudoHuberOptions = {}): ErrorMeasure {
  const { c } = checkOptions('pseudoHuber', options, { c: rules.positive });
  return (difference) =>
    tf.tidy(() => {
      checkDifference('pseudoHuber', difference);
      const [, height, width, channels] = difference.shape;
      const offset = c ?? 0.00054 * Math.sqrt(height * width * channels);
      const squared = tf.sum(tf.square(difference), [1, 2, 3]); // [B]
      // squared / (root + c) is root - c without cancellation.
      return tf.div(squared, tf.add(tf.sqrt(tf.add(squared, offset ** 2)), offset)) as tf.Tensor1D;
    });
}
