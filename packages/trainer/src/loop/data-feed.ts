import type { Batch } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import type { TrainOptions } from './train-options.ts';

/** Batches one after the other. */
export interface DataFeed {
  /**
   * The next batches, the same ones until they are taken; undefined when there are not as many.
   */
  peek(count: number): Promise<Batch[] | undefined>;
  /** Goes on to those after them; after a failure, tries again. */
  take(): void;
  /** Tells the source that no more is wanted. */
  close(): void;
}

/** Reads batches from position `start` on: at once from a stream that can, by passing over batches from any other source. */
export function dataFeed(data: TrainOptions['data'], start: number): DataFeed {
  const positioned = 'from' in data;
  let iterator: AsyncIterator<Batch> | Iterator<Batch> | undefined;
  let position = positioned ? start : 0;
  let pending: Promise<Batch[] | undefined> | undefined;

  async function one(): Promise<Batch | undefined> {
    iterator ??= iterate('from' in data ? data.from(position) : data);
    const { done, value } = await iterator.next();
    if (done) return undefined;
    const found: unknown = value;
    const isBatch = typeof found === 'object' && found !== null && 'x' in found && 'shape' in found;
    check(isBatch, 'train', `batch ${position} of data`, '{ x, shape: [B, H, W, C] } of plain numbers', found);
    position++;
    return value;
  }

  async function pull(count: number): Promise<Batch[] | undefined> {
    const batches: Batch[] = [];
    const begin = position;
    try {
      while (position < start) {
        const rule = `at least ${start} batches long, as already trained on`;
        check(await one(), 'train', 'data', rule, position);
      }
      while (batches.length < count) {
        const batch = await one();
        if (!batch) return undefined;
        batches.push(batch);
      }
      return batches;
    } catch (error) {
      // A stream can be asked again for what it failed to give.
      if (positioned) [iterator, position] = [undefined, begin];
      throw error;
    }
  }

  return {
    peek(count) {
      if (!pending) {
        pending = pull(count);
        // Fetched ahead, it may fail before anyone asks.
        pending.catch(() => {});
      }
      return pending;
    },
    take() {
      pending = undefined;
    },
    close() {
      void Promise.resolve(iterator?.return?.()).catch(() => {});
    },
  };
}

function iterate(source: AsyncIterable<Batch> | Iterable<Batch>): AsyncIterator<Batch> | Iterator<Batch> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}
