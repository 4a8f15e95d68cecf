import * as tf from '@tensorflow/tfjs-core';
import type { SamplerStep } from '../contracts/sampler.ts';

/** x + std n, with noise for the interval; asks for none where there is none to add. */
export const addNoise = (
  x: tf.Tensor,
  std: number,
  { noise }: SamplerStep<unknown>,
  from: number,
  to: number,
): tf.Tensor => (std > 0 ? tf.add(x, tf.mul(std, noise(from, to))) : x);
