/** A splittable counter-based generator: the same key gives the same numbers on every backend. */

export { foldIn } from './fold-in.ts';
export { integers } from './integers.ts';
export { key, type Key } from './key.ts';
export { normal } from './normal.ts';
export { normals } from './normals.ts';
export { permutation } from './permutation.ts';
export { samplewiseNormal, type SamplewiseNormalOptions } from './samplewise-normal.ts';
export { split } from './split.ts';
export { uniform } from './uniform.ts';
export { uniforms } from './uniforms.ts';
