import { sizeOf, type Initialiser } from './initialiser.ts';

/**
 * Every element the same number: 0 for biases and zero-initialised branches, 1 for the gains of norms.
 *
 * @example
 * constantInit(0)([2, 2], key(0)); // Float32Array [0, 0, 0, 0]
 */
export function constantInit(value: number): Initialiser {
  return (shape) => new Float32Array(sizeOf(shape)).fill(value);
}
