import type { Batch } from '@diptych/core';
import type { Dataset } from '../dataset/dataset.ts';
import { toFailure } from './messages.ts';
import type { Answer, Request } from './messages.ts';

/**
 * The only call in the file of a Web Worker that holds a data set; the page talks to it through `workerDataset`.
 *
 * @example
 * // data-worker.ts
 * serveDataset(async () => cifar10Dataset([await fetchArchive('/cifar/test_batch.bin', { sha256 })]));
 */
export function serveDataset(open: () => Dataset | Promise<Dataset>): void {
  addEventListener('message', (event: MessageEvent) => void servePort(event.ports[0], open), { once: true });
}

/** Answers requests for batches that come through a port; what cannot be opened is told as well. */
export async function servePort(port: MessagePort, open: () => Dataset | Promise<Dataset>): Promise<void> {
  const answer = (message: Answer, transfer: Transferable[] = []) => port.postMessage(message, transfer);
  let dataset: Dataset;
  try {
    dataset = await open();
  } catch (error) {
    answer({ id: -1, failure: toFailure(error) });
    return;
  }
  const serve = async ({ id, indices }: Request) => {
    try {
      const batch = await dataset.batch(indices);
      answer({ id, batch }, buffersOf(batch));
    } catch (error) {
      answer({ id, failure: toFailure(error) });
    }
  };
  port.onmessage = (event: MessageEvent<Request>) => void serve(event.data);
  const { name, length, shape, classes } = dataset;
  answer({ id: -1, description: { name, length, shape, ...(classes && { classes }) } });
}

/** The images are handed over, not copied, if they fill their buffer: a batch belongs to whoever asked for it. */
function buffersOf({ x }: Batch): Transferable[] {
  const { buffer } = x;
  return buffer instanceof ArrayBuffer && buffer.byteLength === x.byteLength ? [buffer] : [];
}
