import type { Batch } from '@diptych/core';
import { checkOptions, rules } from '@diptych/formats/errors';
import { checkDataset, type Dataset } from './dataset.ts';
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
  options: InOrderOptions = {},
): AsyncGenerator<Batch, void, void> {
  checkDataset('sequentialBatches', dataset);
  const { batchSize = 256 } = checkOptions('sequentialBatches', options, { batchSize: rules.count });
  for (let first = 0; first < dataset.length; first += batchSize) {
    const length = Math.min(batchSize, dataset.length - first);
    const indices = Uint32Array.from({ length }, (_, i) => first + i);
    yield fetchBatch(dataset, indices, 'sequentialBatches');
  }
}
