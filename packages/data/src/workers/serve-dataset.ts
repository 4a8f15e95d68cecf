import type { Dataset } from '../dataset/dataset.ts';
import { servePort } from './serve-port.ts';

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
