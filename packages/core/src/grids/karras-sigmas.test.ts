import { scheduleContract } from '@diptych/test-utils/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { karrasSigmas } from './karras-sigmas.ts';

scheduleContract('karrasSigmas', (n) => karrasSigmas(n), { start: 80 });

describe('karrasSigmas()', () => {
  it('has the closed form of EDM eq. 5', () => {
    expect(karrasSigmas(3, { sigmaMin: 1, sigmaMax: 9, rho: 2 })).toEqual([9, 4, 1, 0]);
    expect(karrasSigmas(3, { sigmaMin: 1, sigmaMax: 3, rho: 1 })).toEqual([3, 2, 1, 0]);
  });

  it('starts at sigmaMax and ends at sigmaMin and 0, to the last bit, whatever the range and rho', () => {
    const positive = fc.double({ min: 1e-4, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(positive, positive, fc.double({ min: 0.5, max: 20, noNaN: true }), (a, b, rho) => {
        const [sigmaMin, sigmaMax] = [Math.min(a, b), Math.max(a, b) * 1.5];
        const sigmas = karrasSigmas(9, { sigmaMin, sigmaMax, rho });
        expect([sigmas[0], sigmas[8], sigmas[9]]).toEqual([sigmaMax, sigmaMin, 0]);
        sigmas.slice(1).forEach((sigma, i) => expect(sigma).toBeLessThan(sigmas[i]!));
      }),
    );
  });

  it('refuses ranges that are empty, turned round or not finite', () => {
    expect(() => karrasSigmas(5, { sigmaMin: 0 })).toThrow('karrasSigmas: sigmaMin must be a finite number > 0, got 0');
    expect(() => karrasSigmas(5, { sigmaMin: 2, sigmaMax: 1 })).toThrow('karrasSigmas: sigmaMax must be');
    expect(() => karrasSigmas(5, { sigmaMax: NaN })).toThrow('karrasSigmas: sigmaMax must be');
    expect(() => karrasSigmas(5, { rho: 0 })).toThrow('karrasSigmas: rho must be');
  });
});
