import { foldIn, permutation } from '@diptych/core';
import type { Batch, Key } from '@diptych/core';
import { check, checkIndex, checkOptions, type Rule, rules } from '@diptych/formats/errors';
import { keyRule } from '@diptych/core/random';
import { checkDataset, type Dataset } from './dataset.ts';
import { fetchBatch } from './check-batch.ts';

/** How a data set is cut into batches. */
export interface BatchesOptions {
  /** Images per batch. */
  batchSize: number;
  /** Decides the order of every epoch. */
  key: Key;
  /** Step at which iteration starts. Default 0. */
  position?: number;
  /**
   * An epoch that the batch size does not divide: leave the last few images of its order out, so that all batches have
   * one size (true, the default; another epoch leaves others out), or end on a smaller batch (false).
   */
  dropRemainder?: boolean;
}

/** Batches without end, epoch after epoch; the batch of a step can be asked for directly. */
export interface BatchStream extends AsyncIterable<Batch> {
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  /** Step at which iteration starts. */
  readonly position: number;
  /** The batch of step s, a function of (data set, key, s) alone. */
  at(step: number): Promise<Batch>;
  /** The same stream from a step on: how an interrupted run goes on. */
  from(step: number): AsyncIterable<Batch>;
}

/**
 * Shuffled batches without end: epoch e visits the images in the order `permutation(foldIn(key, e), n)`, so every image
 * comes once an epoch (but for a dropped remainder), and the batch of step s is the same however the stream got there.
 * Every batch is checked before it is handed out.
 *
 * **Memory** the order of one epoch is kept: 4 bytes per image.
 *
 * @throws DiptychError if the batch size is not in 1..n, or a batch is not sound (see `checkBatch`).
 * @example
 * for await (const batch of batches(digits(), { batchSize: 32, key: key(0) }).from(resumedStep)) { … }
 */
export function batches(dataset: Dataset, options: BatchesOptions): BatchStream {
  const where = 'batches';
  checkDataset(where, dataset);
  const {
    batchSize,
    key,
    position = 0,
    dropRemainder = true,
  } = checkOptions(where, options, {
    batchSize: rules.required(rules.number),
    key: rules.required(keyRule),
    position: rules.index,
    dropRemainder: rules.flag,
  });
  const { length } = dataset;
  const largest = dropRemainder ? length : Infinity;
  const sound = Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= largest;
  check(sound, where, 'batchSize', dropRemainder ? `an integer in 1 .. ${length}` : 'a positive integer', batchSize);
  const stepsPerEpoch = dropRemainder ? Math.floor(length / batchSize) : Math.ceil(length / batchSize);

  let known: { epoch: number; order: Uint32Array } = { epoch: -1, order: new Uint32Array(0) };
  const orderOf = (epoch: number) => {
    if (known.epoch !== epoch) known = { epoch, order: permutation(foldIn(key, epoch), length) };
    return known.order;
  };

  const at = async (step: number): Promise<Batch> => {
    checkIndex(where, { step });
    const first = (step % stepsPerEpoch) * batchSize;
    const indices = orderOf(Math.floor(step / stepsPerEpoch)).slice(first, Math.min(first + batchSize, length));
    return fetchBatch(dataset, indices, `${where} step ${step}`);
  };

  return streamOf({ batchSize, stepsPerEpoch, position }, at);
}

/** A stream of the batches that `at` gives, step by step. */
export function streamOf(
  { batchSize, stepsPerEpoch, position }: Pick<BatchStream, 'batchSize' | 'stepsPerEpoch' | 'position'>,
  at: BatchStream['at'],
  steps: (start: number) => AsyncGenerator<Batch, void, void> = async function* (start) {
    for (let step = start; ; step++) yield await at(step);
  },
): BatchStream {
  const from = (step: number): AsyncIterable<Batch> => {
    checkIndex('batches', { step });
    return { [Symbol.asyncIterator]: () => steps(step) };
  };
  return { batchSize, stepsPerEpoch, position, at, from, [Symbol.asyncIterator]: () => steps(position) };
}

/** The rule of a stream that can give the batch of any step. */
export const streamRule: Rule = {
  words: 'a stream of batches, such as batches(dataset, options)',
  holds: (value) => {
    if (!rules.object.holds(value)) return false;
    const { batchSize, stepsPerEpoch, position, at, from } = value as Partial<BatchStream>;
    return (
      rules.count.holds(batchSize) &&
      rules.count.holds(stepsPerEpoch) &&
      rules.index.holds(position) &&
      [at, from].every(rules.callback.holds)
    );
  },
};
