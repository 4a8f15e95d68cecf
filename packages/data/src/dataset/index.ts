export { arrayDataset, type ArrayDatasetOptions } from './array-dataset.ts';
export { batches, type BatchesOptions, type BatchStream } from './batches.ts';
export { checkBatch, type CheckBatchOptions } from './check-batch.ts';
export type { Dataset } from './dataset.ts';
export { mapBatches } from './map-batches.ts';
export { prefetch, type PrefetchOptions } from './prefetch.ts';
export { sequentialBatches, type InOrderOptions } from './sequential-batches.ts';
export { subset, type IndexRange, type SubsetOptions } from './subset.ts';
export { toBatch } from './to-batch.ts';
