export type { WorkerDataset } from './port-lines.ts';
export { serveDataset } from './serve-dataset.ts';
export { workerDataset } from './worker-dataset.ts';
