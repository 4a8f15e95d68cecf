import { describe, expect, it } from 'vitest';
import { compare, type Side } from './compare.ts';

function scripted(log: string[], name: string, options: Partial<Side> = {}): Side {
  let calls = 0;
  return { name, once: async () => (log.push(name), ++calls), ...options };
}

describe('compare()', () => {
  it('lets the sides take turns, every other round the other way round, after warming each of them up', async () => {
    const log: string[] = [];
    const seconds = await compare([scripted(log, 'a'), scripted(log, 'b', { warmUp: 2 })], 3);
    expect(log.join('')).toBe('abb' + 'ab' + 'ba' + 'ab');
    expect(seconds).toEqual({ a: [2, 3, 4], b: [3, 4, 5] });
  });

  it('times a slow side as often as it wants and no more', async () => {
    const log: string[] = [];
    const seconds = await compare([scripted(log, 'a'), scripted(log, 'slow', { warmUp: 0, most: 1 })], 3);
    expect(seconds).toEqual({ a: [2, 3, 4], slow: [1] });
  });
});
