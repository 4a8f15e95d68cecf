import { checkFinite, checkNonNegative } from '@diptych/formats/errors';
import { type Key, normalArray, uniformArray } from '@diptych/core';

/** First values of one weight: a pure function of its shape and its own key, row-major. */
export type Initializer = (shape: readonly number[], key: Key) => Float32Array;

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/**
 * Every element the same number: 0 for biases and zero-initialised branches, 1 for the gains of norms.
 *
 * @example
 * constantInit(0)([2, 2], key(0)); // Float32Array [0, 0, 0, 0]
 */
export function constantInit(value: number): Initializer {
  checkFinite('constantInit', { value });
  return (shape) => new Float32Array(sizeOf(shape)).fill(value);
}

/**
 * Independent normal numbers N(0, deviation^2). U-ViT draws its matrices with deviation 0.02 truncated at +-2, which is a
 * hundred deviations away, hence the same.
 *
 * @example
 * normalInit(0.02)([512, 1536], key(0));
 */
export function normalInit(deviation: number): Initializer {
  checkNonNegative('normalInit', { deviation });
  return (shape, key) => normalArray(key, sizeOf(shape)).map((n) => n * deviation);
}

/**
 * Independent uniform numbers U(-bound, bound). With bound = 1/sqrt(fan in) this is what PyTorch gives convolutions, kernel
 * and bias alike.
 *
 * @example
 * uniformInit(1 / Math.sqrt(3 * 2 * 2))([2, 2, 3, 512], key(0));
 */
export function uniformInit(bound: number): Initializer {
  checkNonNegative('uniformInit', { bound });
  return (shape, key) => Float32Array.from(uniformArray(key, sizeOf(shape)), (u) => (2 * u - 1) * bound);
}

/**
 * Xavier (Glorot) uniform for a matrix [inputs, outputs]: U(-b, b) with b = sqrt(6 / (inputs + outputs)). A kernel with more
 * axes counts as the matrix of its last axis against all others.
 *
 * @see Glorot and Bengio 2010, eq. 16; the rule of DiT's linear layers and of its patch embedding
 * @example
 * xavierInit()([768, 768], key(0));
 */
export function xavierInit(): Initializer {
  return (shape, key) => {
    const outputs = shape[shape.length - 1];
    const inputs = shape.slice(0, -1).reduce((product, n) => product * n, 1);
    return uniformInit(Math.sqrt(6 / (inputs + outputs)))(shape, key);
  };
}
