/** A splittable counter-based generator: the same key gives the same numbers on every backend. */

export { normalArray, uniformArray } from './arrays.ts';
export { checkKey, keyRule } from './check-key.ts';
export { foldIn, key, type Key, split } from './key.ts';
export { integers } from './integers.ts';
export { permutation } from './permutation.ts';
export { normalTensor, normalPerSample, type NormalPerSampleOptions, uniformTensor } from './tensors.ts';
