import { check, checkShare, rules } from '@diptych/formats/errors';

/**
 * Where quantile q of `count` ascending numbers lies: `share` of the way from number `low` to number `high` (torch's and numpy's
 * default rule).
 *
 * @example
 * quantilePlace(3, 0.75); // { low: 1, high: 2, share: 0.5 }
 */
export function quantilePlace(count: number, q: number): { low: number; high: number; share: number } {
  const at = q * (count - 1);
  const low = Math.floor(at);
  return { low, high: Math.min(low + 1, count - 1), share: at - low };
}

/**
 * Quantile q of ascending numbers, linear between two of them.
 *
 * @example
 * quantile([1, 2, 4], 0.75); // 3
 */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const some = rules.array.holds(sorted) && sorted.length > 0;
  check(some, 'quantile', 'sorted', 'an array of at least one number', sorted);
  checkShare('quantile', { q });
  const { low, high, share } = quantilePlace(sorted.length, q);
  return sorted[low] + share * (sorted[high] - sorted[low]);
}
