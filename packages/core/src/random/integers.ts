import { checkIntegerIn } from '@diptych/formats/errors';
import type { Key } from './key.ts';
import { checkedUniforms } from './arrays.ts';

/**
 * n integers uniform in 0 .. max - 1: floor(max u). The bias of any value is below max / 2^52.
 *
 * @throws DiptychError if n is not an integer in 0 .. 2^32, or max not an integer in 1 .. 2^32
 * @example
 * const labels = integers(key(0), 64, 10);
 */
export function integers(key: Key, n: number, max: number): Uint32Array {
  checkIntegerIn('integers', { max }, [1, 2 ** 32]);
  return Uint32Array.from(checkedUniforms('integers', key, n), (u) => u * max);
}
