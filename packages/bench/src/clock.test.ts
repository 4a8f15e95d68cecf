import { describe, expect, it } from 'vitest';
import { clock, processorTime, stopwatch } from './clock.ts';

function work(milliseconds: number): void {
  const end = processorTime() + milliseconds;
  while (processorTime() < end);
}

describe('stopwatch() and clock()', () => {
  it('count work, by the processor time it takes', async () => {
    // The processor time of the other threads of the engine counts too, so the wall clock may be ahead of `work`.
    const seconds = await clock(() => work(200));
    expect(seconds).toBeGreaterThan(0.05);
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
