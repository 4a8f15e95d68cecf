import type { Batch } from '@diptych/core';
import { checkOptions, checkRule, rules } from '@diptych/formats/errors';
import { streamOf, streamRule, type BatchStream } from './batches.ts';

/** How far ahead. */
export interface PrefetchOptions {
  /** Batches that are on their way at most, the one that is waited for included. Default 2. */
  depth?: number;
}

/**
 * A stream that asks for the next batches while one is being worked on: files are read, and with a data set in workers (see
 * `inWorkers`) images decoded, while the network trains. Same batches, same order, resumable as before.
 *
 * **Memory** at most `depth` batches.
 *
 * @throws DiptychError if the depth is no positive integer; the error of a batch when its turn comes.
 * @example
 * for await (const batch of prefetch(batches(data, { batchSize: 64, key: key(0) }), { depth: 4 })) { … }
 */
export function prefetch(stream: BatchStream, options: PrefetchOptions = {}): BatchStream {
  checkRule('prefetch', 'stream', streamRule, stream);
  const { depth = 2 } = checkOptions('prefetch', options, { depth: rules.count });
  return streamOf(
    stream,
    async (step) => stream.at(step),
    async function* (start) {
      const ahead: Promise<Batch>[] = [];
      for (let step = start; ; step++) {
        while (ahead.length < depth) {
          const batch = stream.at(step + ahead.length);
          // It is thrown when its turn comes; until then, or if nobody ever waits for it, it is no unhandled one.
          batch.catch(() => undefined);
          ahead.push(batch);
        }
        yield await ahead.shift()!;
      }
    },
  );
}
