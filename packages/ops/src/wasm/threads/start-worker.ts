import { reasonOf } from '@diptych/formats/errors';
import { importNode, inNode } from './platform.ts';
import { browserProgram, nodeProgram } from './worker-program.ts';

/** A worker thread that runs, whatever the platform calls it. */
export interface StartedWorker {
  stop(): void;
}

/** Starts a worker thread with the program of worker-program.ts; `died` is told if it ends by itself. */
export type StartWorker = (data: object, died: (reason: string) => void) => StartedWorker;

interface NodeWorkers {
  Worker: new (
    text: string,
    options: object,
  ) => {
    on(event: string, listener: (argument: unknown) => void): void;
    unref(): void;
    terminate(): Promise<number>;
  };
}

/** How worker threads are started here; undefined where there are none. */
export async function workerStarter(): Promise<StartWorker | undefined> {
  if (inNode()) {
    const { Worker } = await importNode<NodeWorkers>('node:worker_threads');
    return (workerData, died) => {
      // Neither the loaders nor the environment of the program: they would only make the start slow.
      const worker = new Worker(nodeProgram, { eval: true, workerData, execArgv: [], env: {}, name: 'diptych' });
      worker.on('error', (error) => died(reasonOf(error)));
      worker.on('exit', (code) => died(`it ended with code ${String(code)}`));
      worker.unref();
      return { stop: () => void worker.terminate() };
    };
  }
  if (typeof Worker === 'undefined' || typeof URL.createObjectURL !== 'function') return undefined;
  return (data, died) => {
    const url = URL.createObjectURL(new Blob([browserProgram], { type: 'text/javascript' }));
    const worker = new Worker(url, { name: 'diptych' });
    worker.onerror = (event) => {
      event.preventDefault();
      died(event.message ?? 'the page does not allow workers from a blob URL');
    };
    worker.postMessage(data);
    return {
      stop: () => {
        worker.terminate();
        URL.revokeObjectURL(url);
      },
    };
  };
}
