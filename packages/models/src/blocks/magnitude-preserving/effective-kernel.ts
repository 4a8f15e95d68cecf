import * as tf from '@tensorflow/tfjs-core';
import { normalizedKernel, type NormalizedKernelOptions } from './normalized-kernel.ts';

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
 * @throws DiptychError as `normalizedKernel`
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
