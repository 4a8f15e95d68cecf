import { describe, expect, it } from 'vitest';
import { clock, processorTime, stopwatch } from './clock.ts';

function work(milliseconds: number): void {
  const end = processorTime() + milliseconds;
  while (processorTime() < end);
}

describe('stopwatch() and clock()', () => {
  it('count work, by the processor time it takes', async () => {
    const seconds = await clock(() => work(20));
    expect(seconds).toBeGreaterThanOrEqual(0.019);
  });

  it('do not count waiting, in which others may have the processor', async () => {
    const seconds = await clock(() => new Promise((resolve) => setTimeout(resolve, 300)));
    expect(seconds).toBeLessThan(0.2);
  });

  it('can be read more than once', () => {
    const elapsed = stopwatch();
    work(5);
    const first = elapsed();
    work(5);
    expect(elapsed()).toBeGreaterThan(first);
  });
});
