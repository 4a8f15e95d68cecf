import { foldIn, key, normalArray } from '@diptych/core';
import { describe, expect, it } from 'vitest';
import type { Moments } from '../../features/moments.ts';
import { moments } from '../../features/moments.ts';
import { frechetDistance } from './frechet-distance.ts';

const gaussian = (mean: number[], covariance: number[]): Moments => ({
  count: 100,
  dims: mean.length,
  mean: Float64Array.from(mean),
  covariance: Float64Array.from(covariance),
});
const sample = (seed: number, count: number, dims: number) => ({
  rows: Float64Array.from(normalArray(foldIn(key(7), seed), count * dims)),
  dims,
});

describe('frechetDistance', () => {
  it('is the sum of squared differences of means and deviations for diagonal covariances', () => {
    const a = gaussian([1, 2], [9, 0, 0, 4]);
    const b = gaussian([1, 5], [1, 0, 0, 16]);
    expect(frechetDistance(a, b)).toBeCloseTo(9 + (3 - 1) ** 2 + (2 - 4) ** 2, 12);
  });

  it('to a set that has collapsed is the distance of the means and the trace, for every seed and scale', () => {
    for (let seed = 0; seed < 100; seed++) {
      const scale = [1, 1e-120, 1e150][seed % 3];
      const dims = 12;
      const point = sample(seed + 1000, 1, dims).rows.map((value) => (0.1 + value) * scale);
      const spread = { dims, rows: sample(seed, 30, dims).rows.map((value) => value * scale) };
      const { mean, covariance } = moments({ dims, rows: spread.rows.map((value) => value / scale) });
      let expected = 0;
      for (let d = 0; d < dims; d++) expected += (mean[d] - point[d] / scale) ** 2 + covariance[d * dims + d];
      for (const count of [2, 5, 40]) {
        const collapsed = { dims, rows: Float64Array.from({ length: count * dims }, (_, i) => point[i % dims]) };
        expect(frechetDistance(spread, collapsed) / scale / scale / expected).toBeCloseTo(1, 10);
        expect(frechetDistance(collapsed, moments(collapsed))).toBe(0);
      }
    }
  });

  it('of one dimension is the closed form, whatever the scale', () => {
    for (const scale of [1e-150, 1, 1e140]) {
      const distance = frechetDistance(gaussian([scale], [9 * scale ** 2]), gaussian([0], [scale ** 2]));
      expect(distance / scale ** 2).toBeCloseTo(1 + 4, 10);
    }
  });

  it('of a set and itself is 0 within 1e-8, and is symmetric, for few rows and for many', () => {
    for (const count of [5, 12, 200]) {
      const [a, b] = [sample(1, count, 12), sample(2, count + 3, 12)];
      expect(frechetDistance(a, a)).toBeLessThan(1e-8);
      expect(frechetDistance(a, b)).toBeCloseTo(frechetDistance(b, a), 10);
    }
  });

  it('does not depend on the order of the rows, nor on whether rows or moments are given', () => {
    const [a, b] = [sample(3, 40, 6), sample(4, 50, 6)];
    const backwards = { rows: a.rows.slice(), dims: 6 };
    for (let i = 0; i < 40; i++) backwards.rows.set(a.rows.subarray(i * 6, i * 6 + 6), (39 - i) * 6);
    expect(frechetDistance(backwards, b)).toBeCloseTo(frechetDistance(a, b), 10);
    expect(frechetDistance(moments(a), b)).toBeCloseTo(frechetDistance(a, b), 10);
  });

  it('does not change when both sets are turned', () => {
    const [a, b] = [sample(5, 30, 2), sample(6, 30, 2)];
    const turned = ({ rows }: typeof a) => ({
      rows: Float64Array.from(rows, (value, i) =>
        i % 2 === 0 ? 0.6 * value - 0.8 * rows[i + 1] : 0.8 * rows[i - 1] + 0.6 * value,
      ),
      dims: 2,
    });
    expect(frechetDistance(turned(a), turned(b))).toBeCloseTo(frechetDistance(a, b), 10);
  });

  it('keeps six digits where a covariance is singular to fifteen', () => {
    const [s, t] = [1e-15, 4e-15];
    const turned = (small: number) => [1 + small, 1 - small, 1 - small, 1 + small].map((value) => value / 2);
    const exact = (Math.sqrt(s) - Math.sqrt(t)) ** 2;
    const distance = frechetDistance(gaussian([0, 0], turned(s)), gaussian([0, 0], turned(t)));
    expect(Math.abs(distance - exact)).toBeLessThan(1e-8);
  });

  it('of fewer rows than dims agrees with the route through covariances', () => {
    const [a, b] = [sample(8, 9, 20), sample(9, 60, 20)];
    expect(frechetDistance(a, b)).toBeCloseTo(frechetDistance(moments(a), moments(b)), 5);
  });

  it('refuses other dims, one row, NaN (naming the row) and what is no covariance', () => {
    const a = sample(1, 4, 3);
    expect(() => frechetDistance(a, sample(1, 4, 2))).toThrow(/b.dims must be 3, that of a, got 2/);
    expect(() => frechetDistance(sample(1, 1, 3), a)).toThrow(/a must be at least 2 rows, got 1/);
    const broken = sample(1, 4, 3);
    broken.rows[7] = NaN;
    expect(() => frechetDistance(a, broken)).toThrow(/row 2 of b must be free of NaN and infinity/);
    expect(() => frechetDistance(a, { rows: new Float32Array(7), dims: 3 })).toThrow(/whole rows of 3/);
    expect(() => frechetDistance(gaussian([0, 0], [1, 2, 2, 1]), gaussian([0, 0], [1, 0, 0, 1]))).toThrow(
      /semidefinite/,
    );
    expect(() => frechetDistance(gaussian([0, 0], [1, 0, 0, -1]), gaussian([0, 0], [1, 0, 0, 1]))).toThrow(
      /semidefinite/,
    );
    expect(() => frechetDistance(gaussian([0, 0], [1, 0, 0]), gaussian([0, 0], [1, 0, 0, 1]))).toThrow(/2x2/);
    expect(() => frechetDistance(gaussian([0, NaN], [1, 0, 0, 1]), gaussian([0, 0], [1, 0, 0, 1]))).toThrow(/mean/);
  });
});
