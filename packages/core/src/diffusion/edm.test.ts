import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edm } from './edm.ts';

describe('edm()', () => {
  it('has the preconditioning of EDM table 1 at a hand-computed level', () => {
    // sigma = 0.5 = sigma_data: the network sees and predicts half signal, half noise.
    const { cSkip, cOut, cIn, cNoise } = edm().precondition(0.5);
    expect(cSkip).toBe(0.5);
    expect(cOut).toBeCloseTo(Math.sqrt(0.125), 15);
    expect(cIn).toBeCloseTo(Math.SQRT2, 15);
    expect(cNoise).toBeCloseTo(-Math.LN2 / 4, 15);
  });

  it('keeps input, target and weighted error at unit variance at every level', () => {
    const positive = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(positive(1e-3, 100), positive(0.1, 3), (sigma, sigmaData) => {
        const diffusion = edm({ sigmaData });
        const { cSkip, cOut, cIn } = diffusion.precondition(sigma);
        // Var(c_in x) = 1; Var((x0 - c_skip x)/c_out) = 1; lambda c_out^2 = 1.
        expect(cIn ** 2 * (sigma ** 2 + sigmaData ** 2)).toBeCloseTo(1, 12);
        const target = (1 - cSkip) ** 2 * sigmaData ** 2 + cSkip ** 2 * sigma ** 2;
        expect(target / cOut ** 2).toBeCloseTo(1, 9);
        expect(diffusion.weight(sigma) * cOut ** 2).toBeCloseTo(1, 12);
      }),
    );
  });

  it('draws ln sigma from N(P_mean, P_std^2)', () => {
    expect(edm().sigmaQuantile(0.5)).toBeCloseTo(Math.exp(-1.2), 15);
    expect(edm({ pMean: 1, pStd: 2 }).sigmaQuantile(0.975)).toBeCloseTo(Math.exp(1 + 2 * 1.959963984540054), 9);
  });

  it('refuses what is not a standard deviation', () => {
    expect(() => edm({ sigmaData: 0 })).toThrow('edm: sigmaData must be a finite number > 0, got 0');
    expect(() => edm({ pStd: -1 })).toThrow('edm: pStd must be');
    expect(() => edm({ pMean: NaN })).toThrow('edm: pMean must be');
  });
});
