import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { key } from '../random/key.ts';
import { brownianNoise } from './brownian-noise.ts';

const source = brownianNoise(key(3), { sigmaMin: 0.1, sigmaMax: 10 });

/** The increment W(from) - W(to) of every sample and dimension. */
async function increment(from: number, to: number, shape = [40, 50], noise = source): Promise<number[]> {
  const tensor = noise({ index: 0, draw: 0, from, to, shape });
  const values = Array.from(await tensor.data(), (z) => z * Math.sqrt(Math.abs(from - to)));
  tensor.dispose();
  return values;
}

const mean = (of: number[]) => of.reduce((a, b) => a + b, 0) / of.length;

describe('brownianNoise()', () => {
  it('is one path: increments of adjacent intervals add up to that of both', async () => {
    const [whole, upper, lower] = [await increment(9, 0.2), await increment(9, 2.3), await increment(2.3, 0.2)];
    whole.forEach((w, i) => expect(w).toBeCloseTo(upper[i]! + lower[i]!, 5));
  });

  it('has increments of unit variance in units of the interval, independent if the intervals are disjoint', async () => {
    const intervals = [
      [10, 0.1],
      [9, 4],
      [3.3, 3.2],
      [0.5, 0.11],
    ] as const;
    for (const [from, to] of intervals) {
      const z = (await increment(from, to)).map((w) => w / Math.sqrt(from - to));
      // Four standard errors of the mean and the variance of 2000 numbers.
      expect(Math.abs(mean(z))).toBeLessThan(4 / Math.sqrt(2000));
      expect(Math.abs(mean(z.map((value) => value ** 2)) - 1)).toBeLessThan(4 * Math.sqrt(2 / 2000));
    }
    const [a, b] = [await increment(9, 4), await increment(4, 2)];
    expect(Math.abs(mean(a.map((w, i) => w * b[i]!)) / Math.sqrt(10))).toBeLessThan(4 / Math.sqrt(2000));
  });

  it('correlates overlapping intervals by their common part', async () => {
    const [a, b] = [await increment(9, 3), await increment(6, 1)];
    // Covariance 6 - 3 = 3; its estimate from 2000 products has variance (6 * 5 + 3^2)/2000.
    expect(Math.abs(mean(a.map((w, i) => w * b[i]!)) - 3)).toBeLessThan(4 * Math.sqrt(39 / 2000));
  });

  it('gives sample i the same path at any batch size and offset, and nobody the same as another', async () => {
    const all = await increment(5, 1, [4, 3]);
    const last = await increment(5, 1, [1, 3], brownianNoise(key(3), { sigmaMin: 0.1, sigmaMax: 10, first: 3 }));
    expect(last).toEqual(all.slice(9));
    expect(all.slice(0, 3)).not.toEqual(all.slice(3, 6));
  });

  it('refuses an empty range, a depth that is none, and levels outside', () => {
    expect(() => brownianNoise(key(0), { sigmaMin: 2, sigmaMax: 1 })).toThrow('brownianNoise: sigmaMax must be');
    expect(() => brownianNoise(key(0), { depth: 0 })).toThrow(
      'brownianNoise: depth must be an integer in 1 .. 48, got 0',
    );
    expect(() => source({ index: 0, draw: 0, from: 11, to: 1, shape: [1, 1] })).toThrow(
      'brownianNoise: a noise level asked for must be',
    );
  });
});
