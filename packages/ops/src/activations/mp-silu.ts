import { checkTensor } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { silu } from './silu.ts';

/** Root mean square of silu(x) for x ~ N(0, 1), as EDM2 rounds it. */
const magnitude = 0.596;

/**
 * Magnitude-preserving sigmoid linear unit: silu(x) / 0.596, so that standard normal numbers keep their mean square. That of EDM2.
 *
 * **Shapes** any, kept. **Memory** the caller owns the result; the gradient saves x alone.
 *
 * @see Karras et al. 2024, "Analyzing and improving the training dynamics of diffusion models", arXiv:2312.02696, eq. 81
 *
 * @example
 * ```ts
 * mpSilu(tf.tensor1d([-1, 0, 1])); // [-0.451244, 0, 1.226609]
 * ```
 */
export function mpSilu<T extends tf.Tensor>(x: T): T {
  checkTensor('mpSilu', { x });
  return tf.tidy(() => tf.mul(silu(x), 1 / magnitude) as T);
}
