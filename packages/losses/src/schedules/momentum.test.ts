import { describe, expect, it } from 'vitest';
import { constantMomentum } from './constant-momentum.ts';
import { cosineMomentum } from './cosine-momentum.ts';

describe('momentum schedules', () => {
  it('constantMomentum(): is the same at every step and refuses values outside [0, 1]', () => {
    expect([0, 7, 1e6].map(constantMomentum(0.99))).toEqual([0.99, 0.99, 0.99]);
    expect(() => constantMomentum(1.01)).toThrow(/constantMomentum: momentum must be in \[0, 1\], got 1.01/);
    expect(() => constantMomentum(NaN)).toThrow(/constantMomentum/);
  });

  it('cosineMomentum(): starts at base, is the mean half-way, reaches final and stays', () => {
    const momentum = cosineMomentum({ base: 0.99, steps: 1000 });
    expect(momentum(0)).toBeCloseTo(0.99, 14);
    expect(momentum(500)).toBeCloseTo(0.995, 14);
    expect(momentum(250)).toBeCloseTo(1 - (0.01 * (1 + Math.SQRT1_2)) / 2, 14);
    expect([momentum(1000), momentum(5000)]).toEqual([1, 1]);
    expect(cosineMomentum({ base: 0.9, final: 0.95, steps: 10 })(10)).toBe(0.95);
  });

  it('cosineMomentum(): refuses steps not above 0 and momenta outside [0, 1]', () => {
    expect(() => cosineMomentum({ steps: 0 })).toThrow(/cosineMomentum: options.steps/);
    expect(() => cosineMomentum({ steps: 10, base: 1.5 })).toThrow(/cosineMomentum: options.base/);
    expect(() => cosineMomentum({ steps: 10, final: -1 })).toThrow(/cosineMomentum: options.final/);
  });
});
