import { foldIn, key, normalArray } from '@diptych/core';
import { describe, expect, it } from 'vitest';
import { gaussianMmd } from './gaussian-mmd.ts';
import { kernelDistance } from './kernel-distance.ts';
import { polynomialMmd } from './polynomial-mmd.ts';

const sample = (seed: number, count: number, shift = 0) => ({
  rows: normalArray(foldIn(key(11), seed), count * 4).map((z) => z + shift),
  dims: 4,
});

describe('polynomialMmd', () => {
  it('with a linear kernel is the squared distance of the means, when biased', () => {
    const [a, b] = [
      { rows: new Float64Array([0, 0, 2, 2]), dims: 2 },
      { rows: new Float64Array([3, 1, 5, 1, 4, 4]), dims: 2 },
    ];
    const { biased, uStatistic } = polynomialMmd(a, b, { degree: 1, gamma: 1, coef0: 7 });
    expect(biased).toBeCloseTo((4 - 1) ** 2 + (2 - 1) ** 2, 12);
    expect(uStatistic).toBeUndefined();
  });

  it('of a set and itself is 0 when biased and by the U-statistic', () => {
    const a = sample(1, 20);
    const { biased, uStatistic } = polynomialMmd(a, a);
    expect(biased).toBeCloseTo(0, 12);
    expect(uStatistic).toBeCloseTo(0, 12);
  });

  it('is unbiased: scatters around 0 for two samples of one distribution', () => {
    const values = Array.from(
      { length: 40 },
      (_, i) => polynomialMmd(sample(2 * i, 30), sample(2 * i + 1, 30)).unbiased,
    );
    const mean = values.reduce((a, b) => a + b) / 40;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 39);
    expect(Math.abs(mean)).toBeLessThan((3 * deviation) / Math.sqrt(40));
    expect(values.some((value) => value < 0)).toBe(true);
  });

  it('refuses other dims, one row and NaN', () => {
    expect(() => polynomialMmd(sample(1, 3), { rows: new Float32Array(6), dims: 3 })).toThrow(/b.dims must be 4/);
    expect(() => polynomialMmd(sample(1, 1), sample(1, 3))).toThrow(/at least 2 rows/);
    expect(() => polynomialMmd(sample(1, 3, NaN), sample(1, 3))).toThrow(/row 0 of a/);
  });
});

describe('kernelDistance', () => {
  it('sees a shift and repeats itself for one key', () => {
    const [a, b] = [sample(1, 200), sample(2, 150, 0.7)];
    const found = kernelDistance(a, b, { key: key(1), subsets: 20, subsetSize: 60 });
    expect(found.mean).toBeGreaterThan((5 * found.std) / Math.sqrt(20));
    expect(kernelDistance(a, b, { key: key(1), subsets: 20, subsetSize: 60 })).toEqual(found);
    expect(kernelDistance(a, b, { key: key(2), subsets: 20, subsetSize: 60 }).mean).not.toBe(found.mean);
  });

  it('with one subset of everything is the unbiased estimate', () => {
    const [a, b] = [sample(1, 30), sample(2, 30)];
    expect(kernelDistance(a, b, { key: key(0), subsets: 1 }).mean).toBeCloseTo(polynomialMmd(a, b).unbiased, 12);
  });

  it('refuses random subsets without a key, sizes that do not fit and positions that are not there', () => {
    const a = sample(1, 10);
    expect(() => kernelDistance(a, a)).toThrow(/key must be given/);
    expect(() => kernelDistance(a, a, { key: key(0), subsetSize: 11 })).toThrow(
      /subsetSize must be an integer in 2 .. 10/,
    );
    expect(() => kernelDistance(a, a, { key: key(0), subsets: 0 })).toThrow(/subsets/);
    expect(() => kernelDistance(a, a, { subsets: [{ generated: [0, 10], real: [0, 1] }] })).toThrow(
      /generated of subsets\[1\] must be an integer in 0 .. 9, got 10/,
    );
  });
});

describe('gaussianMmd', () => {
  it('of two points is 2 - 2 exp(-d^2 / (2 sigma^2)), times the scale', () => {
    const [a, b] = [
      { rows: new Float64Array([0, 0]), dims: 2 },
      { rows: new Float64Array([3, 4]), dims: 2 },
    ];
    expect(gaussianMmd(a, b, { sigma: 5, scale: 1 })).toBeCloseTo(2 - 2 * Math.exp(-0.5), 12);
    expect(gaussianMmd(a, b)).toBeCloseTo(1000 * (2 - 2 * Math.exp(-25 / 200)), 9);
  });

  it('keeps its digits far from the origin and at any scale', () => {
    const [a, b] = [sample(1, 20), sample(2, 20)];
    const expected = gaussianMmd(a, b, { sigma: 2 });
    // 2^30 is exact on rows of a few binary digits.
    const coarse = (of: typeof a, offset: number) => ({
      dims: of.dims,
      rows: Float64Array.from(of.rows, (v) => Math.round(v * 64) / 64 + offset),
    });
    const near = gaussianMmd(coarse(a, 0), coarse(b, 0), { sigma: 2 });
    expect(gaussianMmd(coarse(a, 2 ** 30), coarse(b, 2 ** 30), { sigma: 2 })).toBeCloseTo(near, 9);
    for (const scale of [1e-160, 1e150]) {
      const scaled = (of: typeof a) => ({ dims: of.dims, rows: Float64Array.from(of.rows, (v) => v * scale) });
      expect(gaussianMmd(scaled(a), scaled(b), { sigma: 2 * scale })).toBeCloseTo(expected, 9);
    }
    expect(gaussianMmd(a, a)).toBeCloseTo(0, 10);
  });

  it('refuses a width of 0 and other dims', () => {
    expect(() => gaussianMmd(sample(1, 3), sample(1, 3), { sigma: 0 })).toThrow(
      'gaussianMmd: sigma must be a finite number > 0, got 0',
    );
    expect(() => gaussianMmd(sample(1, 3), { rows: new Float32Array(6), dims: 3 })).toThrow(/b.dims/);
  });
});
