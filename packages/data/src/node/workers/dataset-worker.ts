import { workerData } from 'node:worker_threads';
import type { Dataset } from '../../dataset/dataset.ts';
import { servePort } from '../../workers/serve-dataset.ts';
import type { WorkerJob } from './in-workers.ts';

const { module, open, args, port } = workerData as WorkerJob & { port: MessagePort };

void servePort(port, async () => {
  const exported = ((await import(module)) as Record<string, unknown>)[open];
  if (typeof exported !== 'function') throw new Error(`${module} exports no function ${open}`);
  return (exported as (...args: unknown[]) => Dataset | Promise<Dataset>)(...args);
});
