import { type Batch, foldIn, key as seedKey, uniformArray } from '@diptych/core';

export interface RandomBatchOptions {
  /** Default [4, 3, 3, 2]. */
  shape?: readonly [number, number, number, number];
  /** Further views of the same shape. Default 0. */
  views?: number;
  seed?: number;
}

/** A batch of random images in [-1, 1], the same for the same options. */
export function randomBatch({ shape = [4, 3, 3, 2], views = 0, seed = 5 }: RandomBatchOptions = {}): Batch {
  const image = (i: number) =>
    Float32Array.from(
      uniformArray(
        foldIn(seedKey(seed), i),
        shape.reduce((a, b) => a * b),
      ),
      (u) => 2 * u - 1,
    );
  return {
    x: image(0),
    shape,
    ...(views > 0 && { views: Array.from({ length: views }, (_, v) => ({ x: image(v + 1), shape })) }),
  };
}
