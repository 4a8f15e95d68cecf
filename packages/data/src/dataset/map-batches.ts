import type { Batch } from '@diptych/core';
import { streamOf, type BatchStream } from './batches.ts';

/**
 * A stream whose batches are changed on their way: augmented, cropped, encoded. The function is given the step, so that with
 * keys it stays a function of (batch, step) alone and a resumed run sees the same batches.
 *
 * @example
 * const stream = mapBatches(batches(data, options), (batch, step) => augmentation.apply(batch, foldIn(key, step)));
 */
export function mapBatches(
  stream: BatchStream,
  change: (batch: Batch, step: number) => Batch | Promise<Batch>,
): BatchStream {
  return streamOf(stream, async (step) => change(await stream.at(step), step));
}
