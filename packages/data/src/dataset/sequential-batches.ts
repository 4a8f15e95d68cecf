import type { Batch } from '@diptych/core';
import { checkCount } from '@diptych/formats/errors';
import type { Dataset } from './dataset.ts';
import { fetchBatch } from './check-batch.ts';

/** How one pass is cut. */
export interface InOrderOptions {
  /** Images per batch; the last one may be smaller. Default 256. */
  batchSize?: number;
}

/**
 * One pass over a data set in its own order, every image once: what evaluation reads. Every batch is checked.
 *
 * @throws DiptychError if the batch size is no positive integer or a batch is not sound (see `checkBatch`).
 * @example
 * for await (const { x, shape } of inOrder(digitSplits().test)) { … }
 */
export async function* sequentialBatches(
  dataset: Dataset,
  { batchSize = 256 }: InOrderOptions = {},
): AsyncGenerator<Batch, void, void> {
  checkCount('sequentialBatches', { batchSize });
  for (let first = 0; first < dataset.length; first += batchSize) {
    const length = Math.min(batchSize, dataset.length - first);
    const indices = Uint32Array.from({ length }, (_, i) => first + i);
    yield fetchBatch(dataset, indices, 'sequentialBatches');
  }
}
