import type { Batch } from '@diptych/core';
import { check } from '@diptych/formats/errors';

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

/** Throws unless every index is a position in a data set of `length` images. */
export function checkPositions(indices: ArrayLike<number>, length: number, where: string): void {
  for (let i = 0; i < indices.length; i++) {
    const inside = Number.isInteger(indices[i]) && indices[i] >= 0 && indices[i] < length;
    if (!inside) check(false, where, `indices[${i}]`, `an integer in 0 .. ${length - 1}`, indices[i]);
  }
}
