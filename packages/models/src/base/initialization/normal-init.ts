import { normals } from '@diptych/core';
import { sizeOf, type Initialiser } from './initialiser.ts';

/**
 * Independent normal numbers N(0, deviation^2). U-ViT draws its matrices with deviation 0.02 truncated at +-2, which is a
 * hundred deviations away, hence the same.
 *
 * @example
 * normalInit(0.02)([512, 1536], key(0));
 */
export function normalInit(deviation: number): Initialiser {
  return (shape, key) => normals(key, sizeOf(shape)).map((n) => n * deviation);
}
