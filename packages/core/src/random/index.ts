/** A splittable counter-based generator: the same key gives the same numbers on every backend. */

export { normals, uniforms } from './arrays.ts';
export { foldIn, key, type Key, split } from './key.ts';
export { integers } from './integers.ts';
export { permutation } from './permutation.ts';
export { normal, samplewiseNormal, type SamplewiseNormalOptions, uniform } from './tensors.ts';
