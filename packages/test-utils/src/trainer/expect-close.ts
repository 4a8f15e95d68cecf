import { expect } from 'vitest';

export interface ExpectCloseOptions {
  rtol?: number;
  atol?: number;
}

/** Asserts |actual - expected| <= atol + rtol |expected| for every number, and names the worst one that is not. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { rtol = 1e-6, atol = 0 }: ExpectCloseOptions = {},
): void {
  expect(actual.length, 'number of elements').toBe(expected.length);
  const far = Array.from(expected, (wanted, i) => {
    const distance = Math.abs(actual[i] - wanted);
    return { i, actual: actual[i], wanted, excess: distance / (atol + rtol * Math.abs(wanted) || Number.MIN_VALUE) };
  }).filter(({ excess, actual: found, wanted }) => !(excess <= 1 || found === wanted));
  far.sort((a, b) => b.excess - a.excess);
  expect(far.slice(0, 3), `${far.length} of ${expected.length} numbers differ (rtol ${rtol}, atol ${atol})`).toEqual(
    [],
  );
}
