import type { Key } from './key.ts';
import { checkedUniforms } from './arrays.ts';

/**
 * The numbers 0 .. n - 1 in random order: every order is equally likely (Fisher and Yates, from the end).
 *
 * @throws DiptychError if n is not an integer in 0 .. 2^32
 * @example
 * const order = permutation(foldIn(key(0), epoch), images);
 */
export function permutation(key: Key, n: number): Uint32Array {
  const u = checkedUniforms('permutation', key, n);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(u[i] * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
