import { check, checkIndex, checkIntegerIn } from '@diptych/formats/errors';
import { threefry2x32 } from './threefry.ts';

/** A key of the splittable counter-based generator: two 32-bit words. Immutable; the same key always gives the same numbers. */
export type Key = readonly [number, number];

/**
 * A key from a seed: the high and the low 32 bits of its two's complement, as `jax.random.PRNGKey` (with 64-bit integers
 * enabled; below 2^32 the setting does not matter). `key(0)` is a key like any other.
 *
 * Use a key once: either draw numbers with it, or derive keys from it with `split` or `foldIn`, never both, for the
 * numbers of a key and its children are made of the same cipher blocks.
 *
 * @throws DiptychError if seed is not a safe integer
 * @example
 * const [init, noise] = split(key(0));
 */
export function key(seed: number): Key {
  check(Number.isSafeInteger(seed), 'key', 'seed', 'a safe integer', seed);
  return [Math.floor(seed / 2 ** 32) >>> 0, seed >>> 0];
}

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
  checkIntegerIn('split', { n }, [1, 2 ** 32]);
  return Array.from({ length: n }, (_, i) => foldIn(key, i));
}

/**
 * The key that belongs to number `data` under `key`: threefry(key, (high word, low word)).
 *
 * Equals `jax.random.fold_in` for data below 2^32. `foldIn(key, i)` equals `split(key, n)[i]`, as in JAX.
 *
 * @throws DiptychError if data is not a safe integer >= 0
 * @example
 * const stepKey = foldIn(key(0), step);
 */
export function foldIn(key: Key, data: number): Key {
  checkIndex('foldIn', { data });
  return threefry2x32(key, Math.floor(data / 2 ** 32), data >>> 0);
}
