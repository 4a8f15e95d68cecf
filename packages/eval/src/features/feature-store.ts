import type { Key } from '@diptych/core';
import type { Dataset } from '@diptych/data';
import type { FeatureRows } from './feature-rows.ts';
import type { FeatureSource } from './feature-source.ts';

/** Everything that decides the rows of one pass of a network over a data set. */
export interface PassIdentity {
  /** Names the weights and the taps, e.g. the hash of a checkpoint. */
  network: string;
  /** `FeatureStore.fingerprint` of the data set. */
  data: string;
  /** Noise level. */
  sigma: number;
  /** Decides the noise. */
  key: Key;
  batchSize: number;
}

/** The rows of all taps of one pass. */
export interface StoredPass {
  readonly taps: readonly string[];
  readonly labels: Int32Array;
  /** The rows of one tap: in memory, or read in chunks. `release` says that they are no longer needed. */
  tap(name: string): { features: FeatureRows | FeatureSource; release(): void };
}

/** Takes a pass in, batch by batch. */
export interface PassWriter {
  add(rows: Readonly<Record<string, FeatureRows>>, labels: Int32Array): Promise<void>;
  /** The pass is whole. */
  finish(): Promise<StoredPass>;
  /** The pass will never be whole: nothing of it stays. */
  abandon(): Promise<void>;
}

/** Keeps passes beyond the life of a process or the size of memory: `featureCache` in `@diptych/eval/node` is one. */
export interface FeatureStore {
  /** What was kept under exactly this identity; undefined where there is nothing or it is not sound (then with a warning). */
  find(identity: PassIdentity): Promise<StoredPass | undefined>;
  /** Begins a pass; replaces what was kept under this identity when it is finished. */
  create(identity: PassIdentity): Promise<PassWriter>;
  /** Hash of all pixels and labels. */
  fingerprint(dataset: Dataset): Promise<string>;
  /** What was found unsound and had to be computed again. */
  readonly warnings: readonly string[];
}
