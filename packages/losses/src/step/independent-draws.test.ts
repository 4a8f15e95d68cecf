import { key } from '@diptych/core';
import { describe, expect, it } from 'vitest';
import { independentDraws } from './independent-draws.ts';

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
