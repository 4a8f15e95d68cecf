import type { Tensor } from '@tensorflow/tfjs-core';
import { check } from '@diptych/formats/errors';
import { unitMagnitude } from './unit-magnitude.ts';

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
  check(epsilon > 0 && Number.isFinite(epsilon), 'normalizedKernel', 'epsilon', 'positive', epsilon);
  const fanIn = kernel.shape.slice(0, -1).map((_, axis) => axis); // every axis but that of the outputs
  return unitMagnitude(kernel, fanIn, epsilon) as T;
}
