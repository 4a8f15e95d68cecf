export { runProgram } from './cli/run-program.ts';
export type { Terminal } from './cli/terminal.ts';
export { featureCache } from './feature-cache.ts';
export type { FeatureCacheOptions } from './feature-cache.ts';
export type { ImageFilesOptions } from './images/image-file-batches.ts';
export { openImages } from './images/open-images.ts';
export type { OpenedImages } from './images/open-images.ts';
export { fetchWeights, weightsPath } from './weights/fetch-weights.ts';
export type { FetchWeightsOptions } from './weights/fetch-weights.ts';
