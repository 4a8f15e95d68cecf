import type { Diffusion } from '@diptych/core';
import { describe, expect, it } from 'vitest';

export interface ProcessContractOptions {
  /** Noise levels at some quantiles of the training density, as [u, sigma]. */
  quantiles: readonly (readonly [u: number, sigma: number])[];
  /** Standard deviation of data whose scaled state c_in x has unit variance at every level. Default not judged. */
  unit?: number;
}

/** What every diffusion process promises to training. `make` returns a new one with the options under test. */
export function processContract(
  name: string,
  make: () => Diffusion,
  { quantiles, unit }: ProcessContractOptions,
): void {
  const diffusion = make();
  const u = Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 1000);

  describe(`${name}: process contract`, () => {
    it('draws noise levels that rise with u, finite and > 0, as its paper does', () => {
      const sigmas = u.map(diffusion.sigmaQuantile);
      expect(sigmas.filter((sigma, i) => !(sigma > 0 && sigma < Infinity && sigma >= (sigmas[i - 1] ?? 0)))).toEqual(
        [],
      );
      for (const [at, sigma] of quantiles)
        expect(diffusion.sigmaQuantile(at) / sigma, `at u = ${at}`).toBeCloseTo(1, 6);
    });

    it('preconditions each of them with finite numbers, and weighs it with a finite one >= 0', () => {
      const unsound = u.map(diffusion.sigmaQuantile).filter((sigma) => {
        const { cSkip, cOut, cIn, cNoise } = diffusion.precondition(sigma);
        const weight = diffusion.weight(sigma);
        const finite = [cSkip, cOut, cIn, cNoise, weight].every(Number.isFinite);
        const scaled = unit === undefined || Math.abs(cIn * Math.hypot(unit, sigma) - 1) < 1e-6;
        return !(finite && scaled && cOut !== 0 && cIn > 0 && weight >= 0);
      });
      expect(unsound).toEqual([]);
    });
  });
}
