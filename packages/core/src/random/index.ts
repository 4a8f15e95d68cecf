/** A splittable counter-based generator: the same key gives the same numbers on every backend. */

export { normals, uniforms } from './arrays.ts';
export { foldIn } from './fold-in.ts';
export { integers } from './integers.ts';
export { key, type Key } from './key.ts';
export { permutation } from './permutation.ts';
export { samplewiseNormal, type SamplewiseNormalOptions } from './samplewise-normal.ts';
export { split } from './split.ts';
export { normal, uniform } from './tensors.ts';
