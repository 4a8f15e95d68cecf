import { check } from '@diptych/formats/errors';

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
