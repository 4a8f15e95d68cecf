import { checkIntegerIn } from '@diptych/formats/errors';
import { normalQuantile } from '../numeric/normal-distribution.ts';
import { checkKey } from './check-key.ts';
import { type Key, threefry2x32 } from './key.ts';

/**
 * n doubles uniform in the open interval (0, 1): number i is (floor(b_i / 2^12) + 1/2) / 2^52, where b_i is the 64-bit word
 * threefry(key, (0, i)), high word first.
 *
 * The words b_i are those of `jax.random.bits(key, (n,), 'uint64')` with `jax_threefry_partitionable`; number i does not
 * depend on n. 0 and 1 never occur, so a quantile function may be applied as it is.
 *
 * @throws DiptychError if n is not an integer in 0 .. 2^32
 * @example
 * const [u] = uniforms(key(7), 1);
 */
export function uniformArray(key: Key, n: number): Float64Array {
  return checkedUniforms('uniformArray', key, n);
}

/** The same, under the name that the user called. */
export function checkedUniforms(where: string, key: Key, n: number): Float64Array {
  checkKey(where, key);
  checkIntegerIn(where, { n }, [0, 2 ** 32]);
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const [high, low] = threefry2x32(key, 0, i);
    values[i] = (high * 2 ** 20 + (low >>> 12) + 0.5) / 2 ** 52;
  }
  return values;
}

/**
 * n standard normal numbers: `normalQuantile` of `uniformArray(key, n)`, computed in double and rounded to float32.
 *
 * One uniform makes one normal, so number i does not depend on n. The host computes them, so they are the same on every
 * backend. (JAX maps other bits through erf^-1 in float32: its normals differ.)
 *
 * @throws DiptychError if n is not an integer in 0 .. 2^32
 * @example
 * const z = normals(key(0), 3);
 */
export function normalArray(key: Key, n: number): Float32Array {
  const u = checkedUniforms('normalArray', key, n);
  const values = new Float32Array(n);
  for (let i = 0; i < n; i++) values[i] = normalQuantile(u[i]);
  return values;
}
