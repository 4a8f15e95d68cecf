import { expect, it } from 'vitest';
import { best, median } from './measure.ts';

it('best() is the shortest time, median() the middle one or the mean of the two middle ones', () => {
  expect(best([3, 1, 2])).toBe(1);
  expect(median([9, 1, 5])).toBe(5);
  const values = [10, 4, 1, 2];
  expect(median(values)).toBe(3);
  expect(values).toEqual([10, 4, 1, 2]);
});
