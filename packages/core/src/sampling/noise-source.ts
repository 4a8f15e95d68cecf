import { checkOptions, rules } from '@diptych/formats/errors';
import type { Tensor } from '@tensorflow/tfjs-core';
import { checkKey } from '../random/check-key.ts';
import { foldIn, type Key } from '../random/key.ts';
import { normalPerSample, type NormalPerSampleOptions } from '../random/tensors.ts';

/** One request of a sampler for noise. */
export interface NoiseRequest {
  /** Step that asks, from 0. */
  index: number;
  /** How often this step asked before. */
  draw: number;
  /** The interval that the noise belongs to. */
  from: number;
  to: number;
  /** Shape wanted, [B, ...]. */
  shape: readonly number[];
}

/** Answers requests for noise with standard normal tensors, which the caller of it owns. */
export type NoiseSource = (request: NoiseRequest) => Tensor;

/**
 * Noise that is new in every step and draw: what sample i gets depends on the key, i, the step and the draw only, so
 * neither on the batch size nor on the backend.
 *
 * @example
 * sample(heun({ churn: 40 }), denoise, { sigmas, shape, key: key(0), noise: independentNoise(key(1)) });
 */
export function independentNoise(key: Key, options: NormalPerSampleOptions = {}): NoiseSource {
  const { first = 0 } = checkOptions('independentNoise', options, { first: rules.index });
  checkKey('independentNoise', key);
  return ({ index, draw, shape }) => normalPerSample(foldIn(foldIn(key, index), draw), [...shape], { first });
}
