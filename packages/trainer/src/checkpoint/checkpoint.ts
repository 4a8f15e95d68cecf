import type { Key } from '@diptych/core';
import type { HostTensors } from '@diptych/formats';

/** What JSON can say. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/**
 * Everything a training needs to go on as if it had never stopped, as plain numbers: no tensor, no engine.
 *
 * Tensors are called `network.<name>`, `objective.<name>` (heads, teacher, statistics), `ema.<average>.<name>` and
 * `optimizer.<slot>.network.<name>`.
 */
export interface Checkpoint {
  readonly tensors: HostTensors;
  readonly state: CheckpointState;
}

/** The part of a checkpoint that is not tensors. */
export interface CheckpointState {
  /** Steps done. */
  readonly step: number;
  /** Updates made by the optimizer: steps less the skipped ones. */
  readonly updates: number;
  /** Batches taken from the data. */
  readonly batches: number;
  readonly images: number;
  /** The training's key; with `step` it is the whole state of the randomness. */
  readonly key: Key;
  /** What must be the same when the training goes on. */
  readonly config: Readonly<Record<string, JsonValue>>;
  /** Yours. */
  readonly metadata: Readonly<Record<string, JsonValue>>;
  /** Version of @diptych/trainer that wrote it. */
  readonly version: string;
}
