import type { Batch } from '@diptych/core';
import type { FeatureRows } from './feature-rows.ts';

/** A frozen network that turns images into the vectors in which sets of images are compared. */
export interface FeatureNetwork {
  /** Names the space: a Fréchet distance in it is called `FD-<name>`. Only FID's own network may call itself otherwise. */
  readonly name: string;
  /** Numbers per image. */
  readonly dims: number;
  /** One row per image; tensors that it makes are its own to dispose. */
  features(images: Batch): FeatureRows | Promise<FeatureRows>;
}
