import type { Batch } from '@diptych/core';
import type { FeatureRows } from '../features/feature-rows.ts';

/** What a network may give beside its features, in the same pass. */
export type ExtraOutput = 'logits' | 'spatial';

/** The features of a batch and what else was wanted. */
export type NetworkOutputs = { features: FeatureRows } & { [O in ExtraOutput]?: FeatureRows };

/** A frozen network that turns images into the vectors in which sets of images are compared. */
export interface FeatureNetwork {
  /** Names the space: a Fréchet distance in it is called `FD-<name>`. Only FID's own network may call itself otherwise. */
  readonly name: string;
  /** Numbers per image. */
  readonly dims: number;
  /** How images are resized and normalized, where there is a choice; part of every result. */
  readonly protocol?: string;
  /** What its Fréchet distance is called. Default `FD-<name>`. */
  readonly metric?: string;
  /** One row per image; tensors that it makes are its own to dispose. */
  features(images: Batch): FeatureRows | Promise<FeatureRows>;
  /** Features, class scores (for the Inception Score) and spatial features (for sFID) in one pass, where it has them. */
  outputs?(images: Batch, wanted: readonly ExtraOutput[]): NetworkOutputs | Promise<NetworkOutputs>;
}
