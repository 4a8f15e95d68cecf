export { goldenFiles } from './golden-files.ts';
export type { GoldenArray, GoldenCase, GoldenFile } from './golden-files.ts';
export { fnv1a32, hashLevels, hashUnit, mix32 } from './hash-numbers.ts';
