import { check, checkOptions, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkDifference, type ErrorMeasure } from './squared-error.ts';

export interface FrequencyErrorOptions {
  /** Weight of the cosine with frequencies fy and fx, each in [0, 1): 0 is constant, near 1 alternates from pixel to pixel. */
  weight: (fy: number, fx: number) => number;
}

/**
 * Error of each sample weighed by spatial frequency: its discrete cosine transform (II, orthonormal) is squared and
 * weighted. With weight 1 it is `squaredError`.
 *
 *     mean_{k, l, c} w(k/H, l/W) (C_H d C_W^T)_kl^2
 *
 * **Shapes** [B, H, W, C] to [B]. **Memory** The result is the caller's.
 *
 * @throws DiptychError if a weight is negative or not finite
 * @see Ahmed, Natarajan and Rao 1974, "Discrete cosine transform"
 * @example
 * denoisingLoss(diffusion, { error: frequencyError({ weight: (fy, fx) => 1 / (1 + 4 * Math.hypot(fy, fx)) }) });
 */
export function frequencyError(options: FrequencyErrorOptions): ErrorMeasure {
  const { weight } = checkOptions('frequencyError', options, { weight: rules.required(rules.callback) });
  return (difference) =>
    tf.tidy(() => {
      checkDifference('frequencyError', difference);
      const [b, height, width, channels] = difference.shape;
      const weights = Array.from({ length: height * width }, (_, i) =>
        weight(Math.floor(i / width) / height, (i % width) / width),
      );
      const valid = weights.every((value) => value >= 0 && Number.isFinite(value));
      check(valid, 'frequencyError', 'weight', 'a finite number >= 0 at every frequency', weights);
      const columns = tf.reshape(tf.transpose(difference, [0, 3, 1, 2]), [b * channels * height, width]);
      const across = tf.matMul(columns, cosines(width), false, true); // [B C H, W]
      const turned = tf.transpose(tf.reshape(across, [b, channels, height, width]), [0, 1, 3, 2]);
      const both = tf.matMul(tf.reshape(turned, [b * channels * width, height]), cosines(height), false, true);
      const power = tf.square(tf.reshape(both, [b, channels, width, height]));
      const byColumn = tf.transpose(tf.tensor2d(weights, [height, width])); // [W, H]
      return tf.mean(tf.mul(power, byColumn), [1, 2, 3]) as tf.Tensor1D;
    });
}

/** The orthonormal DCT-II, [n, n]: row k is the cosine of frequency k. */
function cosines(n: number): tf.Tensor2D {
  const values = Array.from({ length: n * n }, (_, i) => {
    const [k, x] = [Math.floor(i / n), i % n];
    return Math.sqrt((k === 0 ? 1 : 2) / n) * Math.cos((Math.PI * k * (2 * x + 1)) / (2 * n));
  });
  return tf.tensor2d(values, [n, n]);
}
