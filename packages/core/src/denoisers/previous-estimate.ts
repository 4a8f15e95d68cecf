import { checkFunction, checkOptions, checkTensor, rules } from '@diptych/formats/errors';
import { withoutGradient } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { Denoise } from '../contracts/denoiser.ts';
import { checkKey } from '../random/check-key.ts';
import type { Key } from '../random/key.ts';
import { uniformArray } from '../random/arrays.ts';
import { runMemory } from '../sampling/run-memory.ts';

/** A denoiser that is also given the estimate of x0 before, of the shape of x; zeros if there is none. */
export type PreviousEstimateDenoise = (x: tf.Tensor, sigma: number, previous: tf.Tensor) => tf.Tensor;

/**
 * Sampling with a network that is fed its own last estimate of x0. (Analog Bits calls this "self-conditioning", which in this library
 * is something else: the feature block `SelfConditioning` of `@diptych/models`, inside one forward pass.)
 *
 * Remembers one tensor for each sampling of `sample` or `samplePath`: every one begins without an estimate, and its end frees it. Called
 * outside of those, it goes on from call to call until `dispose()`.
 *
 * @see Chen, Zhang and Hinton 2022, "Analog bits: generating discrete data using diffusion models with self-conditioning", algorithm 2,
 * arXiv:2208.04202
 * @example
 * const denoise = previousEstimateDenoiser((x, sigma, previous) => network(tf.concat([x, previous], -1), sigma));
 * const x = await sample(ddim(), denoise, { sigmas, shape, key: key(0) });
 */
export function previousEstimateDenoiser(denoise: PreviousEstimateDenoise): Denoise & { dispose(): void } {
  checkFunction('previousEstimateDenoiser', { denoise });
  const memory = runMemory();
  const remembering: Denoise = (x, sigma) => {
    const denoised = denoise(x, sigma, memory.recall(x.shape) ?? tf.zerosLike(x));
    memory.remember(denoised);
    return denoised;
  };
  return Object.assign(remembering, { dispose: memory.dispose });
}

export interface PreviousEstimateInputOptions {
  /** Share of the training steps that see an estimate; the others see zeros. Default 0.5. */
  probability?: number;
}

/**
 * What training feeds such a network: by the toss of the key, zeros, or the network's estimate given zeros, a constant to the gradient.
 * The estimate is only computed when it is used.
 *
 * **Shapes** noisy and the result [B, ...], as the estimate.
 * **Memory** the caller owns the result.
 *
 * @throws DiptychError if probability is not in [0, 1]
 * @see Chen, Zhang and Hinton 2022, algorithm 1, arXiv:2208.04202
 * @example
 * const previous = previousEstimateInput(stepKey, noisy, (zeros) => network(tf.concat([noisy, zeros], -1), sigma));
 * const denoised = network(tf.concat([noisy, previous], -1), sigma);
 */
export function previousEstimateInput(
  key: Key,
  x: tf.Tensor,
  estimate: (zeros: tf.Tensor) => tf.Tensor,
  options: PreviousEstimateInputOptions = {},
): tf.Tensor {
  const { probability = 0.5 } = checkOptions('previousEstimateInput', options, { probability: rules.share });
  checkKey('previousEstimateInput', key);
  checkTensor('previousEstimateInput', { x });
  checkFunction('previousEstimateInput', { estimate });
  if (uniformArray(key, 1)[0] >= probability) return tf.zerosLike(x);
  return withoutGradient(() => estimate(tf.zerosLike(x)));
}
