import { checkOptions, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkDifference, type ErrorMeasure } from './squared-error.ts';

export interface HuberOptions {
  /** Where the parabola becomes a line, in pixels. Default 1. */
  delta?: number;
}

/**
 * Huber's measure of each sample's error: squares of small differences, lengths of large ones, so that outliers pull less.
 *
 *     mean_HWC h(d),  h(d) = d^2 if |d| <= delta, else 2 delta |d| - delta^2
 *
 * Twice the usual form, to agree with `squaredError` near 0.
 *
 * **Shapes** [B, H, W, C] to [B]. **Memory** The result is the caller's.
 *
 * @throws DiptychError if delta is not above 0
 * @see Huber 1964, "Robust estimation of a location parameter"
 * @example
 * denoisingLoss(diffusion, { error: huber({ delta: 0.1 }) });
 */
export function huber(options: HuberOptions = {}): ErrorMeasure {
  const { delta = 1 } = checkOptions('huber', options, { delta: rules.positive });
  return (difference) =>
    tf.tidy(() => {
      checkDifference('huber', difference);
      const size = tf.abs(difference);
      const near = tf.minimum(size, delta); // h = near (2 size - near)
      return tf.mean(tf.mul(near, tf.sub(tf.mul(size, 2), near)), [1, 2, 3]) as tf.Tensor1D;
    });
}
