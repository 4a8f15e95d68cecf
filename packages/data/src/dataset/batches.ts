import { foldIn, permutation } from '@diptych/core';
import type { Batch, Key } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import type { Dataset } from './dataset.ts';
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
  const { batchSize, key, position = 0, dropRemainder = true } = options;
  const { length } = dataset;
  const largest = dropRemainder ? length : Infinity;
  const sound = Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= largest;
  check(sound, where, 'batchSize', dropRemainder ? `an integer in 1..${length}` : 'a positive integer', batchSize);
  checkStep(position, 'position');
  const stepsPerEpoch = dropRemainder ? Math.floor(length / batchSize) : Math.ceil(length / batchSize);

  let known: { epoch: number; order: Uint32Array } = { epoch: -1, order: new Uint32Array(0) };
  const orderOf = (epoch: number) => {
    if (known.epoch !== epoch) known = { epoch, order: permutation(foldIn(key, epoch), length) };
    return known.order;
  };

  const at = async (step: number): Promise<Batch> => {
    checkStep(step, 'step');
    const first = (step % stepsPerEpoch) * batchSize;
    const indices = orderOf(Math.floor(step / stepsPerEpoch)).slice(first, Math.min(first + batchSize, length));
    return fetchBatch(dataset, indices, `${where} step ${step}`);
  };

  const from = (start: number): AsyncIterable<Batch> => {
    checkStep(start, 'step');
    return {
      async *[Symbol.asyncIterator]() {
        for (let step = start; ; step++) yield await at(step);
      },
    };
  };

  return {
    batchSize,
    stepsPerEpoch,
    position,
    at,
    from,
    [Symbol.asyncIterator]: () => from(position)[Symbol.asyncIterator](),
  };
}

function checkStep(step: number, parameter: string): void {
  check(Number.isSafeInteger(step) && step >= 0, 'batches', parameter, 'an integer from 0', step);
}
