import { foldIn, key, normalArray } from '@diptych/core';
import { toBatch, digitSplits } from '@diptych/data';
import { describe, expect, it } from 'vitest';
import { copyingCheck } from './copying-check.ts';
import { nearestNeighborDistance } from './nearest-neighbor-distance.ts';
import { quantile } from '@diptych/core/numeric';

const random = (seed: number, count: number, dims: number) => ({
  rows: normalArray(foldIn(key(9), seed), count * dims),
  dims,
});

describe('nearestNeighborDistance', () => {
  it('finds the nearest of hand-made points', () => {
    const { distance, index } = nearestNeighborDistance(
      { rows: new Float32Array([0, 0, 10, 10]), dims: 2 },
      { rows: new Float32Array([3, 4, 10, 9, 0, 6]), dims: 2 },
    );
    expect(Array.from(distance)).toEqual([5, 1]);
    expect(Array.from(index)).toEqual([0, 1]);
  });

  it('agrees with looking at every pair to the end, for dims that no block divides', () => {
    const [a, b] = [random(1, 20, 37), random(2, 50, 37)];
    const { distance } = nearestNeighborDistance(a, b);
    for (let i = 0; i < 20; i++) {
      const all = Array.from({ length: 50 }, (_, j) => {
        let sum = 0;
        for (let d = 0; d < 37; d++) sum += (a.rows[i * 37 + d] - b.rows[j * 37 + d]) ** 2;
        return Math.sqrt(sum);
      });
      expect(distance[i]).toBeCloseTo(Math.min(...all), 12);
    }
  });

  it('refuses other dims, no rows and NaN', () => {
    const a = random(1, 2, 3);
    expect(() => nearestNeighborDistance(a, random(1, 2, 2))).toThrow(/reference.dims must be 3/);
    expect(() => nearestNeighborDistance(a, { rows: new Float32Array(0), dims: 3 })).toThrow(
      /reference must be at least 1 row/,
    );
    expect(() => nearestNeighborDistance({ rows: new Float32Array([1, NaN, 2]), dims: 3 }, a)).toThrow(
      /row 0 of queries/,
    );
  });
});

describe('copyingCheck', () => {
  it('tells copies of the training set from images that are new', async () => {
    const { train, validation, test } = digitSplits();
    const [known, fresh, unseen] = await Promise.all(
      [train, validation, test].map(async (part) => ({ rows: (await toBatch(part)).x as Float32Array, dims: 64 })),
    );
    const copies = { rows: known.rows.slice(0, 100 * 64).map((value, i) => value + 0.01 * (i % 3)), dims: 64 };
    const copied = copyingCheck({ samples: copies, train: known, heldOut: unseen });
    const honest = copyingCheck({ samples: fresh, train: known, heldOut: unseen });
    expect(copied.ratio).toBeLessThan(0.1);
    expect(copied.suspicious).toBe(1);
    expect(honest.ratio).toBeGreaterThan(0.9);
    expect(honest.suspicious).toBeLessThan(0.15);
    expect(honest.heldOut).toMatchObject({ count: 360 });
  });

  it('of sets that are all copies gives ratio 1, not 0/0, and keeps its digits at the ends of the range', () => {
    const train = random(3, 20, 5);
    expect(copyingCheck({ samples: train, train, heldOut: train })).toMatchObject({ ratio: 1, suspicious: 0 });
    for (const scale of [1e-160, 1e150]) {
      const scaled = (of: typeof train) => ({ dims: of.dims, rows: Float64Array.from(of.rows, (v) => v * scale) });
      const [far, near] = [
        nearestNeighborDistance(scaled(random(4, 9, 5)), scaled(train)),
        nearestNeighborDistance(random(4, 9, 5), train),
      ];
      far.distance.forEach((value, i) => expect(value / scale / near.distance[i]).toBeCloseTo(1, 12));
    }
  });

  it('of the unseen images themselves gives ratio 1 and a share of about 0.05', () => {
    const [train, heldOut] = [random(3, 100, 5), random(4, 200, 5)];
    const { ratio, suspicious } = copyingCheck({ samples: heldOut, train, heldOut });
    expect(ratio).toBe(1);
    expect(suspicious).toBeCloseTo(0.05, 2);
  });
});

describe('quantile', () => {
  it('lies between two numbers in proportion', () => {
    const sorted = new Float64Array([1, 2, 4]);
    expect([0, 0.25, 0.5, 0.75, 1].map((q) => quantile(sorted, q))).toEqual([1, 1.5, 2, 3, 4]);
  });
});
