import { receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';
import { check, checkCount, DiptychError } from '@diptych/formats/errors';
import { openLine, overLines } from '../../workers/port-lines.ts';
import type { WorkerDataset } from '../../workers/port-lines.ts';

/** What each worker opens. */
export interface WorkerJob {
  /** Module to import: a package (`@diptych/data/node`) or a URL (`import.meta.resolve('./my-data.js')`). */
  module: string;
  /** Name of its exported function that returns the data set, or a promise of it. */
  open: string;
  /** What the function is called with; plain values. */
  args: readonly unknown[];
}

/** How many workers, and how they are started. */
export interface InWorkersOptions extends WorkerJob {
  /** Number of worker threads, each with a data set of its own. Default 1. */
  workers?: number;
  /** Passed to every `Worker`: limits of memory, environment, options of Node. */
  workerOptions?: Omit<WorkerOptions, 'workerData' | 'eval'>;
  /** Ends the workers; batches under way fail with its reason. */
  signal?: AbortSignal;
}

/**
 * A data set in worker threads of Node: images are read, decoded and augmented there while this thread trains. A batch goes
 * to the worker that has least to do; it is the same batch for any number of workers, since a batch is a function of its
 * positions. With `prefetch` the workers stay busy. For browsers see `workerDataset`.
 *
 * A process ends although workers wait for requests; `close` ends them before.
 *
 * **Memory** every worker has a data set of its own; the images of a batch are handed over, not copied.
 *
 * @throws DiptychError if the number is no positive integer, module and open are no names, or an argument cannot be copied to a worker; the error of a worker that cannot open its set. A batch that fails
 * in a worker fails here with the same error; when a worker dies, its batches fail.
 * @example
 * const data = await inWorkers({ module: '@diptych/data/node', open: 'imageFolder', args: ['cifar/train'], workers: 4 });
 * const stream = prefetch(batches(data, { batchSize: 64, key: key(0) }), { depth: 8 });
 */
export async function inWorkers({
  module,
  open,
  args,
  workers: count = 1,
  workerOptions,
  signal,
}: InWorkersOptions): Promise<WorkerDataset> {
  const where = 'inWorkers';
  checkCount(where, { workers: count });
  check(typeof module === 'string', where, 'module', 'the name or URL of a module, which every worker imports', module);
  check(typeof open === 'string', where, 'open', 'the name of a function that the module exports', open);
  check(Array.isArray(args), where, 'args', 'a list', args);
  checkPlain(where, { args });
  signal?.throwIfAborted();
  // Beside this file, and of its kind: .js when built.
  const script = new URL(import.meta.url.replace(/in-workers(?=\.[jt]s)/, 'dataset-worker'));

  const workers: Worker[] = [];
  const lines = Array.from({ length: count }, () => {
    const { port1, port2 } = new MessageChannel();
    const job = { module, open, args, port: port2 };
    const transferList = [port2] as unknown as WorkerOptions['transferList'];
    const worker = new Worker(script, { ...workerOptions, workerData: job, transferList });
    // Not before the worker is there: an open line keeps the process alive.
    const line = openLine(port1);
    worker.unref();
    worker.on('error', (error) => line.end(error));
    worker.on('exit', (code) => {
      hearOut(port1);
      line.end(new Error(`${where}: a worker ended with code ${code}`));
    });
    workers.push(worker);
    return line;
  });
  const dataset = overLines(where, lines, () => Promise.all(workers.map((worker) => worker.terminate())));
  const abort = () => lines.forEach((line) => line.end(signal!.reason));
  signal?.addEventListener('abort', abort, { once: true });
  const { close, ...others } = await dataset;
  const abortAll = () => void close(signal!.reason);
  signal?.addEventListener('abort', abortAll, { once: true });
  return {
    ...others,
    async close(reason) {
      signal?.removeEventListener('abort', abort);
      signal?.removeEventListener('abort', abortAll);
      await close(reason);
    },
  };
}

/** Delivers what a worker said before it ended: of that and of its end, either may be told first. */
function hearOut(port: MessagePort): void {
  const next = () => receiveMessageOnPort(port as never);
  for (let said = next(); said; said = next()) port.onmessage?.({ data: said.message as unknown } as MessageEvent);
}

/** Refuses what cannot be handed to a worker before a port is open, which would keep the process from ending. */
function checkPlain(where: string, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    try {
      structuredClone(value);
    } catch (cause) {
      const rule = 'plain values without functions, as they are copied to the workers';
      throw new DiptychError({ where, parameter: name, rule, value }, { cause });
    }
  }
}
