import type { Batch } from '@diptych/core';
import type { BatchStream } from './batches.ts';

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
  const at = async (step: number) => change(await stream.at(step), step);
  const from = (start: number): AsyncIterable<Batch> => ({
    async *[Symbol.asyncIterator]() {
      for (let step = start; ; step++) yield await at(step);
    },
  });
  return {
    batchSize: stream.batchSize,
    stepsPerEpoch: stream.stepsPerEpoch,
    position: stream.position,
    at,
    from,
    [Symbol.asyncIterator]: () => from(stream.position)[Symbol.asyncIterator](),
  };
}
