import { foldIn, key, normalArray } from '@diptych/core';
import { describe, expect, it } from 'vitest';
import { precisionRecall } from './precision-recall.ts';

const line = (...values: number[]) => ({ rows: Float64Array.from(values), dims: 1 });
const cloud = (seed: number, count: number, spread = 1) => ({
  rows: normalArray(foldIn(key(12), seed), count * 3).map((z) => z * spread),
  dims: 3,
});

describe('precisionRecall', () => {
  it('counts what a hand can count', () => {
    // Real balls (k = 1): 0 and 1 reach 1, 10 reaches 9; sample balls: 0.5 and 5 reach 4.5, 30 reaches 25.
    const found = precisionRecall(line(0.5, 5, 30), line(0, 1, 10), { k: 1 });
    expect(Array.from(found.radii.real)).toEqual([1, 1, 9]);
    expect(Array.from(found.radii.generated)).toEqual([4.5, 4.5, 25]);
    expect(found.precision).toBeCloseTo(2 / 3, 12); // 0.5 in three balls but one, 5 in that of 10, 30 in none
    expect(found.recall).toBe(1); // 10 lies in the ball of 30
    expect(found.density).toBeCloseTo((2 + 1) / 3, 12); // |0.5 - 10| = 9.5 is outside 9
    expect(found.coverage).toBe(1);
    expect(found.realism[2]).toBeCloseTo(9 / 20.00001, 12);
  });

  it('counts the border or does not', () => {
    const [real, samples] = [line(0, 1), line(2, 4)];
    expect(precisionRecall(samples, real, { k: 1 }).precision).toBe(0.5);
    expect(precisionRecall(samples, real, { k: 1, closed: false }).precision).toBe(0);
  });

  it('of narrow samples has high precision and low recall, of wide ones the reverse', () => {
    const real = cloud(1, 80);
    const [narrow, wide] = [precisionRecall(cloud(2, 80, 0.2), real), precisionRecall(cloud(3, 80, 5), real)];
    expect(narrow.precision).toBeGreaterThan(0.9);
    expect(narrow.recall).toBeLessThan(0.4);
    expect(wide.precision).toBeLessThan(0.4);
    expect(wide.recall).toBeGreaterThan(0.9);
  });

  it.each([1e-160, 1e150])('is the same at scale %s, radii in its units', (scale) => {
    const [real, samples] = [cloud(1, 40), cloud(2, 40)];
    const scaled = (of: typeof real) => ({ dims: of.dims, rows: Float64Array.from(of.rows, (v) => v * scale) });
    const [near, far] = [precisionRecall(samples, real), precisionRecall(scaled(samples), scaled(real))];
    for (const name of ['precision', 'recall', 'density', 'coverage'] as const) expect(far[name]).toBe(near[name]);
    far.radii.real.forEach((radius, i) => expect(radius / scale / near.radii.real[i]).toBeCloseTo(1, 12));
  });

  it('refuses k beyond the rows, other dims and NaN', () => {
    expect(() => precisionRecall(line(0, 1), line(0, 1, 2), { k: 2 })).toThrow(/k must be an integer in 1 .. 1/);
    expect(() => precisionRecall(cloud(1, 4), line(0, 1))).toThrow(/generated.dims must be 1, that of real, got 3/);
    expect(() => precisionRecall(line(0, 1), line(0, 1, NaN), { k: 1 })).toThrow(/row 2 of real/);
  });
});
