import { inOrder } from '@diptych/data';
import type { Dataset } from '@diptych/data';
import { labelsOf } from './collect-pass.ts';

/** The labels of a data set in its order; data without labels is refused. */
export async function allLabels(dataset: Dataset, where: string, signal?: AbortSignal): Promise<Int32Array> {
  const labels = new Int32Array(dataset.length);
  let at = 0;
  for await (const images of inOrder(dataset)) {
    signal?.throwIfAborted();
    labels.set(labelsOf(images, dataset, where), at);
    at += images.shape[0];
  }
  return labels;
}
