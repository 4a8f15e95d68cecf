import { check } from '@diptych/formats/errors';

/** The filter that repeats each pixel on the way up and takes the mean of four on the way down. */
export const boxFilter: readonly number[] = [1, 1];

/** The filter divided by its sum, after a look at it. Its taps are even in number, so that an image of twice the size has a place for each. */
export function resampleFilter(where: string, filter: readonly number[]): number[] {
  const numbers = Array.isArray(filter) && filter.length > 0 && filter.every((tap) => Number.isFinite(tap));
  check(numbers && filter.length % 2 === 0, where, 'filter', 'an even number of finite numbers', filter);
  const sum = filter.reduce((total, tap) => total + tap, 0);
  check(sum !== 0, where, 'filter', 'of a sum other than zero', filter);
  return filter.map((tap) => tap / sum);
}

/** Rows that a filter of that many taps needs around an image for exactly half or twice its size. */
export const filterPadding = (taps: number): number => (taps - 1) >> 1;
