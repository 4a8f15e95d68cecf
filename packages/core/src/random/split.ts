import { check } from '@diptych/formats/errors';
import { foldIn } from './fold-in.ts';
import type { Key } from './key.ts';

/**
 * n independent keys from one: child i = threefry(key, (0, i)), whatever n is.
 *
 * Equals `jax.random.split` with `jax_threefry_partitionable` (the default since JAX 0.5).
 *
 * @throws DiptychError if n is not an integer in 1 .. 2^32
 * @example
 * const [weights, data, noise] = split(key(0), 3);
 */
export function split(key: Key, n: 2): [Key, Key];
export function split(key: Key, n: 3): [Key, Key, Key];
export function split(key: Key, n: 4): [Key, Key, Key, Key];
export function split(key: Key): [Key, Key];
export function split(key: Key, n: number): Key[];
export function split(key: Key, n = 2): Key[] {
  check(Number.isInteger(n) && n >= 1 && n <= 2 ** 32, 'split', 'n', 'an integer in 1 .. 2^32', n);
  return Array.from({ length: n }, (_, i) => foldIn(key, i));
}
