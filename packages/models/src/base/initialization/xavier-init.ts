import { uniformInit } from './uniform-init.ts';
import type { Initialiser } from './initialiser.ts';

/**
 * Xavier (Glorot) uniform for a matrix [inputs, outputs]: U(-b, b) with b = sqrt(6 / (inputs + outputs)). A kernel with more
 * axes counts as the matrix of its last axis against all others.
 *
 * @see Glorot and Bengio 2010, eq. 16; the rule of DiT's linear layers and of its patch embedding
 * @example
 * xavierInit()([768, 768], key(0));
 */
export function xavierInit(): Initialiser {
  return (shape, key) => {
    const outputs = shape[shape.length - 1];
    const inputs = shape.slice(0, -1).reduce((product, n) => product * n, 1);
    return uniformInit(Math.sqrt(6 / (inputs + outputs)))(shape, key);
  };
}
