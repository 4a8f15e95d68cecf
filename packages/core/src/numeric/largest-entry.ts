import { checkRule, rules } from '@diptych/formats/errors';

/**
 * Largest absolute value; 0 of none.
 *
 * @example
 * largestEntry([1, -3, 2]); // 3
 */
export function largestEntry(values: ArrayLike<number>): number {
  checkRule('largestEntry', 'values', rules.array, values);
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]));
  return largest;
}
