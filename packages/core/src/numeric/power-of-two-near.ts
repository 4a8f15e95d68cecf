import { checkNonNegative } from '@diptych/formats/errors';

/**
 * The largest power of two that is not above x, for x > 0 and finite; dividing by it loses no digit. 1 for x = 0.
 *
 * @example
 * powerOfTwoNear(10); // 8
 */
export function powerOfTwoNear(x: number): number {
  checkNonNegative('powerOfTwoNear', { x });
  if (x === 0) return 1;
  const guess = 2 ** Math.min(1023, Math.max(-1074, Math.floor(Math.log2(x))));
  if (guess > x) return guess / 2;
  return guess * 2 <= x ? guess * 2 : guess;
}
