import { check } from '@diptych/formats/errors';
import { openLine, overLines } from './port-lines.ts';
import type { WorkerDataset } from './port-lines.ts';

/**
 * The data set that these Web Workers hold, each of which calls `serveDataset`. Batches are made there, so that decoding and
 * augmentation do not hold up the page or the training; several workers share the batches. For Node see `inWorkers`.
 *
 * **Memory** every worker has a data set of its own; the images of a batch are handed over, not copied.
 *
 * @throws DiptychError if there is no worker or they hold different sets; the error of a worker that cannot open its set.
 * @example
 * const start = () => new Worker(new URL('./data-worker.ts', import.meta.url), { type: 'module' });
 * const data = await workerDataset([start(), start()]);
 * const stream = prefetch(batches(data, { batchSize: 64, key: key(0) }), { depth: 4 });
 */
export async function workerDataset(workers: readonly Worker[]): Promise<WorkerDataset> {
  check(workers.length > 0, 'workerDataset', 'workers', 'at least one worker', workers.length);
  const lines = workers.map((worker) => {
    const { port1, port2 } = new MessageChannel();
    const line = openLine(port1);
    worker.addEventListener('error', (event) => line.end(new Error(event.message || 'the worker could not start')));
    worker.postMessage('serve', [port2]);
    return line;
  });
  return overLines('workerDataset', lines, async () => workers.forEach((worker) => worker.terminate()));
}
