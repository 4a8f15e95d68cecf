import * as tf from '@tensorflow/tfjs-core';
import type { Denoise } from '../contracts/denoiser.ts';
import { checkedPath, type SampleEvent, type SampleOptions } from './sample-path.ts';
import type { Sampler } from '../contracts/sampler.ts';

/**
 * Samples: from noise along the grid to its end, by the steps of `sampler`, with what `denoise` estimates.
 *
 * **Shapes** result [B, ...] as asked for. **Memory** the caller owns the result; everything else is freed, also on
 * an abort or an error.
 *
 * @throws DiptychError if an option does not fit (see `samplePath`), and whatever the denoiser and the signal throw
 * @example
 * const gaussian = (x: Tensor, sigma: number) => tf.div(x, 1 + sigma ** 2); // the perfect denoiser of N(0, 1)
 * const x = await sample(heun(), gaussian, { sigmas: karrasSigmas(18), shape: [1000, 2], key: key(0) });
 */
export async function sample<R extends tf.Rank = tf.Rank>(
  sampler: Sampler,
  denoise: Denoise,
  options: SampleOptions,
): Promise<tf.Tensor<R>> {
  return (await lastOf(checkedPath('sample', sampler, denoise, options))) as tf.Tensor<R>;
}

/** The state at the end of a path, in the caller's hands. */
export async function lastOf(path: AsyncIterable<SampleEvent>): Promise<tf.Tensor> {
  let result: tf.Tensor | undefined;
  try {
    for await (const { x } of path) {
      result?.dispose();
      result = tf.clone(x);
    }
  } catch (error) {
    result?.dispose();
    throw error;
  }
  return result!;
}
