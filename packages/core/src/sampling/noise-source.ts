import type { Tensor } from '@tensorflow/tfjs-core';

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
