import { foldIn, key } from '@diptych/core';
import { describe, expect, it } from 'vitest';
import { independentDraws, stratifiedDraws } from './draws.ts';

describe('independentDraws()', () => {
  it('gives sample first + i the same draw wherever the batch is cut', () => {
    const whole = Array.from(independentDraws(key(1), 6, 0));
    expect([...independentDraws(key(1), 2, 0), ...independentDraws(key(1), 4, 2)]).toEqual(whole);
    expect(new Set(whole).size).toBe(6);
  });

  it('is uniform: mean 1/2 and variance 1/12 within 4 standard errors', () => {
    const u = independentDraws(key(2), 4000, 0);
    const mean = u.reduce((a, b) => a + b) / 4000;
    const variance = u.reduce((a, b) => a + (b - mean) ** 2, 0) / 4000;
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / 4000));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(4 * Math.sqrt(1 / 180 / 4000));
  });
});

describe('stratifiedDraws()', () => {
  it('draws once in each of n equal strata', () => {
    for (const n of [1, 2, 7, 32]) {
      const strata = Array.from(stratifiedDraws(key(1), n, 0), (u) => Math.floor(u * n)).sort((a, b) => a - b);
      expect(strata).toEqual(Array.from({ length: n }, (_, i) => i));
    }
  });

  it('shows every sample the whole of (0, 1) over the steps', () => {
    const ofThird = Array.from({ length: 400 }, (_, step) => stratifiedDraws(foldIn(key(2), step), 8, 0)[3]);
    for (let stratum = 0; stratum < 8; stratum++) {
      const hits = ofThird.filter((u) => Math.floor(8 * u) === stratum).length;
      expect(hits).toBeGreaterThan(25); // 50 expected, 6.6 standard deviation
      expect(hits).toBeLessThan(75);
    }
  });

  it('depends on key and first alone', () => {
    expect(stratifiedDraws(key(3), 5, 10)).toEqual(stratifiedDraws(key(3), 5, 10));
    expect(stratifiedDraws(key(3), 5, 10)).not.toEqual(stratifiedDraws(key(3), 5, 15));
    expect(stratifiedDraws(key(4), 5, 10)).not.toEqual(stratifiedDraws(key(3), 5, 10));
  });
});
