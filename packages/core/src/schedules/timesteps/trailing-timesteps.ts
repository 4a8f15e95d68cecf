import { roundHalfEven } from '../../numeric/round-half-even.ts';
import { checkTimesteps } from './check-timesteps.ts';

/**
 * n timesteps of a chain of T, round(T - i T/n) - 1: starts at the noisiest, halves rounded to even. The recommended spacing.
 *
 * @throws DiptychError if not 1 <= n <= T are integers
 * @see Lin et al. 2023, table 2, arXiv:2305.08891
 * @example
 * trailingTimesteps(5); // [999, 799, 599, 399, 199]
 */
export function trailingTimesteps(n: number, T = 1000): number[] {
  checkTimesteps('trailingTimesteps', n, T);
  return Array.from({ length: n }, (_, i) => roundHalfEven(T - (i * T) / n) - 1);
}
