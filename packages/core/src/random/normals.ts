import type { Key } from './key.ts';
import { normalQuantile } from '../numeric/normal-quantile.ts';
import { uniforms } from './uniforms.ts';

/**
 * n standard normal numbers: `normalQuantile` of `uniforms(key, n)`, computed in double and rounded to float32.
 *
 * One uniform makes one normal, so number i does not depend on n. The host computes them, so they are the same on every
 * backend. (JAX maps other bits through erf^-1 in float32: its normals differ.)
 *
 * @throws DiptychError if n is not an integer in 0 .. 2^32
 * @example const z = normals(key(0), 3);
 */
export function normals(key: Key, n: number): Float32Array {
  const u = uniforms(key, n);
  const values = new Float32Array(n);
  for (let i = 0; i < n; i++) values[i] = normalQuantile(u[i]!);
  return values;
}
