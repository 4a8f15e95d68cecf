import type { Batch, Key } from '@diptych/core';
import type { FeatureRows } from '../../features/feature-rows.ts';

/**
 * One pass of a network over noisy images: a row per image for every tap. To make the noise of an image the same whatever
 * the batch size, draw it with `normalPerSample(key, shape, { first })`.
 *
 * @param images a batch with clean pixels
 * @param sigma noise level
 * @param key the same for all batches of one part (of one epoch, where a protocol augments) and noise level
 * @param first position of the batch's first image within its part
 */
export type TapFeatures = (
  images: Batch,
  sigma: number,
  key: Key,
  first: number,
) => Promise<Readonly<Record<string, FeatureRows>>> | Readonly<Record<string, FeatureRows>>;
