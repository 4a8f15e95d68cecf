import { check, checkOptions, checkTensor, rules } from '@diptych/formats/errors';
import type * as tf from '@tensorflow/tfjs-core';
import type { Denoise } from '../contracts/denoiser.ts';
import { checkWalk, type SampleOptions, walk } from '../sampling/sample-path.ts';
import { lastOf } from '../sampling/sample.ts';
import type { Sampler } from '../contracts/sampler.ts';

export interface EncodeOptions extends Pick<SampleOptions, 'signal' | 'onProgress'> {
  /** Noise levels, strictly increasing, the first > 0: that of `x`. */
  sigmas: readonly number[];
}

/** What holds for them. */
export const encodeRules = {
  sigmas: rules.required(rules.array),
  signal: rules.signal,
  onProgress: rules.callback,
} as const;

/**
 * From data to noise along the same ODE ("DDIM inversion"): a deterministic sampler run the other way, on a grid or (`rk45`) by its own steps. Sampling from the result returns to x, up to the
 * error of the steps.
 *
 * **Shapes** x [B, ...], the data at noise level sigmas[0]; the result is the state at the last. **Memory** the caller owns both.
 *
 * @throws DiptychError if sigmas are not at least two, finite, > 0 and strictly increasing, or the sampler cannot go up
 * @see Song et al. 2020, section 4.3, arXiv:2010.02502; Dhariwal and Nichol 2021, appendix F, arXiv:2105.05233
 * @example
 * const latent = await encode(ddim(), denoise, images, { sigmas: karrasSigmas(50).slice(0, -1).reverse() });
 */
export async function encode(
  sampler: Sampler,
  denoise: Denoise,
  x: tf.Tensor,
  options: EncodeOptions,
): Promise<tf.Tensor> {
  checkWalk('encode', sampler, denoise);
  checkTensor('encode', { x });
  checkOptions('encode', options, encodeRules);
  const { sigmas } = options;
  const increasing = sigmas.length >= 2 && sigmas.every((sigma, i) => sigma > (sigmas[i - 1] ?? 0) && sigma < Infinity);
  check(increasing, 'encode', 'sigmas', 'at least 2, finite, > 0 and strictly increasing', sigmas);
  return lastOf(walk(sampler, denoise, { ...options, sigmas, initial: x, shape: x.shape }));
}
