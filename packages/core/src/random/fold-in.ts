import { check } from '@diptych/formats/errors';
import type { Key } from './key.ts';
import { threefry2x32 } from './threefry.ts';

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
  check(Number.isSafeInteger(data) && data >= 0, 'foldIn', 'data', 'a safe integer >= 0', data);
  return threefry2x32(key, Math.floor(data / 2 ** 32), data >>> 0);
}
