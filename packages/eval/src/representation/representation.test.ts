import { foldIn, key, normalArray } from '@diptych/core';
import { describe, expect, it } from 'vitest';
import { alignment, uniformity } from './alignment-uniformity.ts';
import { linearCka } from './linear-cka.ts';
import { featureSpectrum } from './spectrum.ts';

const random = (seed: number, count: number, dims: number) => ({
  rows: normalArray(foldIn(key(13), seed), count * dims),
  dims,
});

describe('linearCka', () => {
  it('is 1 for a rotated, scaled and moved copy', () => {
    const x = random(1, 10, 2);
    const y = {
      rows: Float64Array.from(
        x.rows,
        (v, i) => 5 + 3 * (i % 2 === 0 ? 0.6 * v - 0.8 * x.rows[i + 1] : 0.8 * x.rows[i - 1] + 0.6 * v),
      ),
      dims: 2,
    };
    expect(linearCka(x, y)).toBeCloseTo(1, 12);
  });

  it('of one column each is the squared correlation', () => {
    const [x, y] = [new Float64Array([1, 2, 3, 6]), new Float64Array([2, 1, 5, 4])];
    // Centered: (-2 -1 0 3) and (-1 -2 2 1): product 7, squares 14 and 10.
    expect(linearCka({ rows: x, dims: 1 }, { rows: y, dims: 1 })).toBeCloseTo(49 / 140, 12);
  });

  it.each([1e-160, 1e150])('does not see the scale %s, nor columns that are constant', (scale) => {
    const [x, y] = [random(2, 20, 6), random(3, 20, 6)];
    const far = {
      dims: 7,
      rows: Float64Array.from(
        { length: 140 },
        (_, i) => scale * (i % 7 === 6 ? 0.1 : x.rows[Math.floor(i / 7) * 6 + (i % 7)]),
      ),
    };
    expect(linearCka(far, y)).toBeCloseTo(linearCka(x, y), 12);
    const constant = { dims: 3, rows: Float64Array.from({ length: 60 }, (_, i) => [0.1, 0.2, 0.7][i % 3] * scale) };
    expect(() => linearCka(constant, random(4, 20, 3))).toThrow(/equal rows in x/);
  });

  it('is the same through rows as through columns', () => {
    const [x, y] = [random(2, 6, 3), random(3, 6, 4)];
    const padded = {
      rows: Float64Array.from({ length: 6 * 20 }, (_, i) =>
        i % 20 < 4 ? y.rows[Math.floor(i / 20) * 4 + (i % 20)] : 0,
      ),
      dims: 20,
    };
    expect(linearCka(x, padded)).toBeCloseTo(linearCka(x, y), 12);
  });

  it('refuses other images and features that do not vary', () => {
    expect(() => linearCka(random(1, 5, 2), random(1, 6, 2))).toThrow(/y must be 5 rows/);
    expect(() => linearCka(random(1, 5, 2), { rows: new Float32Array(10).fill(3), dims: 2 })).toThrow(
      /equal rows in y/,
    );
  });
});

describe('featureSpectrum', () => {
  it('counts the directions that are used', () => {
    const cross = { rows: new Float64Array([1, 0, 0, 0, 1, 0, 0, 0, 1, -1, 0, 0, 0, -1, 0, 0, 0, -1]), dims: 3 };
    const even = featureSpectrum(cross);
    expect(even.effectiveRank).toBeCloseTo(3, 12);
    expect(even.participationRatio).toBeCloseTo(3, 12);
    expect(even.normalizedStd).toBeCloseTo(1 / Math.sqrt(3), 12);
    const collapsed = featureSpectrum({ rows: new Float64Array([1, 2, 3, 1, 2, 3]), dims: 3 });
    expect(collapsed.effectiveRank).toBeCloseTo(1, 10);
    expect([collapsed.participationRatio, collapsed.normalizedStd]).toEqual([0, 0]);
  });

  it('of nothing but zeros is 1 direction at most', () => {
    expect(featureSpectrum({ rows: new Float32Array(6), dims: 3 }).effectiveRank).toBe(1);
  });
});

describe('alignment and uniformity', () => {
  it('are the closed forms for rows on a circle', () => {
    const x = { rows: new Float64Array([2, 0, 0, 3]), dims: 2 };
    const y = { rows: new Float64Array([0, 1, 0, 9]), dims: 2 };
    expect(alignment(x, y)).toBeCloseTo((2 + 0) / 2, 12);
    expect(alignment(x, y, { alpha: 1 })).toBeCloseTo(Math.SQRT2 / 2, 12);
    expect(uniformity(x)).toBeCloseTo(-2 * 2, 12);
    expect(uniformity({ rows: new Float64Array([1, 1, 2, 2]), dims: 2 })).toBeCloseTo(0, 12);
  });

  it('refuse sets that do not match, and one row', () => {
    expect(() => alignment(random(1, 3, 2), random(1, 4, 2))).toThrow(/3 rows/);
    expect(() => uniformity(random(1, 1, 2))).toThrow(/at least 2 rows/);
  });
});

describe('at the ends of the range', () => {
  it.each([1e-160, 1, 1e150])('4 living columns of 64 are about 4 directions, at scale %s', (scale) => {
    const { rows } = random(20, 300, 64);
    const dead = { dims: 64, rows: Float64Array.from(rows, (value, i) => (i % 64 < 4 ? value * scale : 0)) };
    const living = {
      dims: 4,
      rows: Float64Array.from({ length: 1200 }, (_, i) => rows[Math.floor(i / 4) * 64 + (i % 4)]),
    };
    const [found, expected] = [featureSpectrum(dead), featureSpectrum(living)];
    expect(found.effectiveRank).toBeCloseTo(expected.effectiveRank, 10);
    expect(found.effectiveRank).toBeGreaterThan(3.9);
    expect(found.participationRatio).toBeCloseTo(expected.participationRatio, 10);
    expect(found.normalizedStd).toBeCloseTo(expected.normalizedStd / 16, 12);
    expect(alignment(dead, dead)).toBe(0);
    expect(uniformity(dead)).toBeCloseTo(uniformity(living), 10);
  });

  it('uniformity of a high t is that of the nearest pair, not the logarithm of 0', () => {
    // Three directions: cosines 0, 0 and -1, so squared distances 2, 2 and 4.
    const rows = new Float64Array([1, 0, 0, 1, 0, -1]);
    expect(uniformity({ rows, dims: 2 }, { t: 5000 })).toBeCloseTo(Math.log(2 / 3) - 10000, 8);
  });
});
