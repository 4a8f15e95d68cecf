import type { Tensor } from '@tensorflow/tfjs-core';
import { check } from '@diptych/formats/errors';
import { unitMagnitude } from './unit-magnitude.ts';

/** Options of `pixelNorm`. */
export interface PixelNormOptions {
  /** Added to the root mean square. Default 1e-4. */
  epsilon?: number;
}

/**
 * Gives the channels of each place unit mean square: x / (epsilon + sqrt(mean(x^2))), the mean over the last axis. Other than in
 * `rmsNorm`, epsilon stands outside the root, and there is no gain.
 *
 * **Shapes** [..., C] -> the same. **Memory** the caller owns the result.
 *
 * @throws DiptychError if x has no axis, or epsilon is not positive
 * @see Karras et al. 2024, arXiv:2312.02696, eq. 30; Karras et al. 2018, arXiv:1710.10196, section 4.2
 * @example
 * pixelNorm(tf.tensor2d([[3, 4]])); // [[0.8485, 1.1313]]
 */
export function pixelNorm<T extends Tensor>(x: T, { epsilon = 1e-4 }: PixelNormOptions = {}): T {
  check(x.rank >= 1, 'pixelNorm', 'x', 'of shape [..., C]', x);
  check(epsilon > 0 && Number.isFinite(epsilon), 'pixelNorm', 'epsilon', 'positive', epsilon);
  return unitMagnitude(x, [x.rank - 1], epsilon) as T;
}
