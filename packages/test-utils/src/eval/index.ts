export { fnv1a32, hashLevels, hashUnit, mix32 } from './hash-numbers.ts';
export { syntheticInception, type SyntheticTensor } from './synthetic-inception.ts';
