import { check, checkIndex, checkIntegerIn } from '@diptych/formats/errors';
import { checkKey } from './check-key.ts';

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
  checkKey('split', key);
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
  checkKey('foldIn', key);
  checkIndex('foldIn', { data });
  return threefry2x32(key, Math.floor(data / 2 ** 32), data >>> 0);
}

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/**
 * The block cipher behind every random number: Threefry-2x32 with 20 rounds, two words in, two words out.
 *
 * @see Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3 and its known-answer vectors
 */
export function threefry2x32([k0, k1]: Key, c0: number, c1: number): [number, number] {
  const schedule = [k0, k1, k0 ^ k1 ^ 0x1bd11bda];
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let group = 0; group < 5; group++) {
    for (const r of rotations[group & 1]) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
    }
    // Key injection after every four rounds.
    x0 = (x0 + schedule[(group + 1) % 3]) | 0;
    x1 = (x1 + schedule[(group + 2) % 3] + group + 1) | 0;
  }
  return [x0 >>> 0, x1 >>> 0];
}
