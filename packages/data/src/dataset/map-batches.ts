import type { Batch } from '@diptych/core';
import { checkRule, rules } from '@diptych/formats/errors';
import { checkBatch } from './check-batch.ts';
import { streamOf, streamRule, type BatchStream } from './batches.ts';

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
  checkRule('mapBatches', 'stream', streamRule, stream);
  checkRule('mapBatches', 'change', rules.callback, change);
  return streamOf(stream, async (step) => {
    const changed = await change(await stream.at(step), step);
    checkBatch(changed, { where: 'mapBatches' });
    return changed;
  });
}
