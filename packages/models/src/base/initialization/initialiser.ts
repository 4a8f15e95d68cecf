import type { Key } from '@diptych/core';

/** First values of one weight: a pure function of its shape and its own key, row-major. */
export type Initialiser = (shape: readonly number[], key: Key) => Float32Array;

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
