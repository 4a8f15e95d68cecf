import { describe, expect, it } from 'vitest';
import { rated, sized, timed } from './result.ts';

describe('ratios above 1 mean that we are better', () => {
  it('for times: half the time is twice as fast, in milliseconds', () => {
    expect(timed('a/b/c', 0.5, 1)).toEqual({ name: 'a/b/c', ours: 500, theirs: 1000, unit: 'ms', ratio: 2 });
  });

  it('for rates: 4 GFLOP in 2 seconds are 2 GFLOP/s, half of those of one second', () => {
    expect(rated('a', 4e9, 2, 1)).toEqual({ name: 'a', ours: 2, theirs: 4, unit: 'GFLOP/s', ratio: 0.5 });
  });

  it('for sizes: a quarter of the size is four times as good', () => {
    expect(sized('a', 3, 12, 'kB')).toEqual({ name: 'a', ours: 3, theirs: 12, unit: 'kB', ratio: 4 });
  });
});
