import type { Batch } from '@diptych/core';
import { randomBatch } from '@diptych/test-utils/losses';

export interface SeededBatchesOptions {
  /** Default [4, 3, 3, 2]. */
  shape?: readonly [number, number, number, number];
  /** Further views of the same images. Default 0. */
  views?: number;
  /** Batches before the end. Default: no end. */
  length?: number;
}

/** A stream whose batch of step s is a function of s; `asked` lists the steps in the order they were asked for. */
export interface SeededBatches extends AsyncIterable<Batch> {
  readonly asked: number[];
  from(step: number): AsyncIterable<Batch>;
}

/** Random batches that can start anywhere. */
export function seededBatches({ length = Infinity, ...options }: SeededBatchesOptions = {}): SeededBatches {
  const asked: number[] = [];
  async function* from(start: number): AsyncGenerator<Batch, void, undefined> {
    for (let step = start; step < length; step++) {
      asked.push(step);
      yield randomBatch({ ...options, seed: 1000 + step });
    }
  }
  return { asked, from, [Symbol.asyncIterator]: () => from(0) };
}
