import type { Batch } from '@diptych/core';
import { check } from '@diptych/formats/errors';
import { checkDataset, type Dataset } from './dataset.ts';
import { fetchBatch } from './check-batch.ts';

/**
 * A whole data set as one batch, in its own order, checked. For sets that fit in memory.
 *
 * @throws DiptychError if it is not sound (see `checkBatch`).
 * @example
 * const { x, label } = await all(digitSplits().train);
 */
export async function toBatch(dataset: Dataset): Promise<Batch> {
  checkDataset('toBatch', dataset);
  check(dataset.length > 0, 'toBatch', 'dataset', 'not empty', dataset.length);
  const indices = Uint32Array.from({ length: dataset.length }, (_, i) => i);
  return fetchBatch(dataset, indices, 'toBatch');
}
