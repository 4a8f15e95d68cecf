import type { Tensor } from '@tensorflow/tfjs-core';
import { check, checkOptions, checkPositive, checkShape, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';

/** Options of `normalizedKernel`. */
export interface NormalizedKernelOptions {
  /** Added to the root mean square. Default 1e-4. */
  epsilon?: number;
}

/**
 * Forced weight normalisation: the weights of each output get unit mean square, w / (epsilon + |w| / sqrt(fan in)). EDM2 stores
 * this back after each update, so that weights cannot grow; a layer then uses `effectiveKernel` of it.
 *
 * **Shapes** [inputs, outputs] or [kh, kw, inputs, outputs] -> the same. **Memory** the caller owns the result.
 *
 * @throws DiptychError if the kernel has fewer than two axes, or epsilon is not positive
 * @see Karras et al. 2024, arXiv:2312.02696, eq. 66 and algorithm 1
 * @example
 * kernel.assign(normalizedKernel(kernel)); // after each step of the optimizer
 */
export function normalizedKernel<T extends Tensor>(kernel: T, { epsilon = 1e-4 }: NormalizedKernelOptions = {}): T {
  check(kernel.rank >= 2, 'normalizedKernel', 'kernel', 'of shape [..., inputs, outputs]', kernel);
  checkPositive('normalizedKernel', { epsilon });
  const fanIn = kernel.shape.slice(0, -1).map((_, axis) => axis); // every axis but that of the outputs
  return unitMagnitude(kernel, fanIn, epsilon) as T;
}

/** Options of `effectiveKernel`. */
export interface EffectiveKernelOptions extends NormalizedKernelOptions {
  /** Factor of the outputs, a number or a learned scalar. Default 1. */
  gain?: number | tf.Scalar;
}

/**
 * What a magnitude-preserving layer multiplies with: gain / sqrt(fan in) `normalizedKernel`(kernel). Inputs of unit variance
 * then give outputs of unit variance, times the gain. The gradient goes through the normalisation, so it is orthogonal to the weights.
 *
 * **Shapes** [inputs, outputs] or [kh, kw, inputs, outputs] -> the same. **Memory** the caller owns the result.
 *
 * @throws DiptychError if `normalizedKernel` does
 * @see Karras et al. 2024, arXiv:2312.02696, eq. 66
 * @example
 * const y = conv2d(x, effectiveKernel(kernel, { gain: 1.3 }));
 */
export function effectiveKernel<T extends tf.Tensor>(
  kernel: T,
  { gain = 1, ...options }: EffectiveKernelOptions = {},
): T {
  return tf.tidy(() => {
    const unit = normalizedKernel(kernel, options);
    const fanIn = kernel.size / kernel.shape[kernel.rank - 1];
    return tf.mul(unit, tf.mul(gain, 1 / Math.sqrt(fanIn))) as T;
  });
}

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
export function pixelNorm<T extends Tensor>(x: T, options: PixelNormOptions = {}): T {
  checkShape('pixelNorm', { x }, ['...', 'C']);
  const { epsilon = 1e-4 } = checkOptions('pixelNorm', options, { epsilon: rules.positive });
  return unitMagnitude(x, [x.rank - 1], epsilon) as T;
}

/** x / (epsilon + root of the mean square over the axes). The gradient at a vector of zeros is that of the slope 1 / epsilon. */
export function unitMagnitude(x: tf.Tensor, axes: readonly number[], epsilon: number): tf.Tensor {
  return tf.tidy(() => {
    const meanSquare = tf.mean(tf.square(x), [...axes], true);
    // The root has no slope at 0: far below epsilon it may as well be constant.
    const magnitude = tf.sqrt(tf.maximum(meanSquare, 1e-30));
    return tf.div(x, tf.add(magnitude, epsilon));
  });
}
