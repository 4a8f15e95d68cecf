import { uniforms } from '@diptych/core';
import { sizeOf, type Initialiser } from './initialiser.ts';

/**
 * Independent uniform numbers U(-bound, bound). With bound = 1/sqrt(fan in) this is what PyTorch gives convolutions, kernel
 * and bias alike.
 *
 * @example
 * uniformInit(1 / Math.sqrt(3 * 2 * 2))([2, 2, 3, 512], key(0));
 */
export function uniformInit(bound: number): Initialiser {
  return (shape, key) => Float32Array.from(uniforms(key, sizeOf(shape)), (u) => (2 * u - 1) * bound);
}
