import type { Batch } from '@diptych/core';
import { checkBatch } from './check-batch.ts';
import type { Dataset } from './dataset.ts';

/** A batch with its positions, held against what the data set says of itself. */
export async function fetchBatch(dataset: Dataset, indices: Uint32Array, where: string): Promise<Batch> {
  const batch = await dataset.batch(indices);
  const complete = { ...batch, index: batch.index ?? Int32Array.from(indices) };
  checkBatch(complete, {
    where: `${where} (${dataset.name})`,
    length: indices.length,
    image: dataset.shape,
    classes: dataset.classes?.length,
  });
  return complete;
}
