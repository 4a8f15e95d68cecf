import type { Batch } from '@diptych/core';

/** Images with a known number and size, fetched by position. Ten lines make one: see `arrayDataset`. */
export interface Dataset {
  /** What reports call it. */
  readonly name: string;
  /** Number of images. */
  readonly length: number;
  /** [H, W, C] of every image. */
  readonly shape: readonly [number, number, number];
  /** Names of the classes; label k is `classes[k]`. Absent for a set without labels. */
  readonly classes?: readonly string[];
  /** The images at these positions (0 .. length - 1), in this order; a fresh batch that the caller may change. */
  batch(indices: ArrayLike<number>): Batch | Promise<Batch>;
}
