import { check, checkNonNegative, checkOptions, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkDifference, type ErrorMeasure, squaredError } from './squared-error.ts';

export interface MultiScaleErrorOptions {
  /** Sizes that count: the full one, a half, a quarter, … Default 2. */
  levels?: number;
  /** Weight of level l, the full size being level 0. Default 2^l, one over the size of the image. */
  weight?: (level: number) => number;
}

/**
 * Error of each sample judged at several sizes, so that large images learn their coarse structure.
 *
 *     sum_l w_l mean (pool_l(d))^2,  pool_l the mean over blocks of 2^l x 2^l pixels
 *
 * **Shapes** [B, H, W, C] to [B]; 2^(levels - 1) must divide H and W. **Memory** The result is the caller's.
 *
 * @throws DiptychError if levels is not a positive integer, a weight is negative or not finite, or the image cannot be halved so often
 * @see Hoogeboom, Heek and Salimans 2023, simple diffusion, section 3.2 (multiscale training loss), arXiv:2301.11093
 * @example
 * denoisingLoss(diffusion, { error: multiScaleError({ levels: 3 }) });
 */
export function multiScaleError(options: MultiScaleErrorOptions = {}): ErrorMeasure {
  const where = 'multiScaleError';
  const { levels = 2, weight = (level: number) => 2 ** level } = checkOptions(where, options, {
    levels: rules.integerIn(1, 30),
    weight: rules.callback,
  });
  const weights = Array.from({ length: levels }, (_, level) => weight(level));
  for (const [level, value] of weights.entries()) checkNonNegative(where, { [`weight of level ${level}`]: value });
  return (difference) =>
    tf.tidy(() => {
      checkDifference(where, difference);
      const [b, height, width, channels] = difference.shape;
      const block = 2 ** (levels - 1);
      const fits = height % block === 0 && width % block === 0;
      check(fits, where, 'the image', `of a size that ${block} divides`, [height, width]);
      const terms = weights.map((value, level) => {
        const size = 2 ** level;
        const blocks = tf.reshape(difference, [b * (height / size), size, width / size, size * channels]);
        const rows = tf.reshape(tf.mean(blocks, 1), [b, height / size, width / size, size, channels]);
        return tf.mul(squaredError(tf.mean(rows, 3) as tf.Tensor4D), value); // [B]
      });
      return tf.addN(terms) as tf.Tensor1D;
    });
}
