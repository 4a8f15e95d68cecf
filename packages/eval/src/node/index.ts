export { program } from './cli/program.ts';
export { featureCache } from './feature-cache.ts';
export type { FeatureCacheOptions } from './feature-cache.ts';
