import { checkCount, checkOptions, rules } from '@diptych/formats/errors';
import { checkRange, rangeRules } from '../schedules/check-range.ts';
import { withZero } from './with-zero.ts';

export interface KarrasSigmasOptions {
  /** The last noise level before 0. Default 0.002. */
  sigmaMin?: number;
  /** The noise level where sampling starts. Default 80. */
  sigmaMax?: number;
  /** How strongly the steps gather at low noise. Default 7. */
  rho?: number;
}

/**
 * The grid of EDM for n steps, n + 1 noise levels that end in 0:
 *
 *     sigma_i = (sigma_max^(1/rho) + i/(n-1) (sigma_min^(1/rho) - sigma_max^(1/rho)))^rho,   i = 0 .. n-1
 *
 * A single step goes from sigma_max straight to 0.
 *
 * @throws DiptychError if n is not an integer >= 1, or not 0 < sigmaMin < sigmaMax < Infinity, or not rho > 0
 * @see Karras et al. 2022, eq. 5, arXiv:2206.00364
 * @example
 * karrasSigmas(18); // [80, 57.58…, …, 0.002, 0]
 */
export function karrasSigmas(n: number, options: KarrasSigmasOptions = {}): number[] {
  const {
    sigmaMin = 0.002,
    sigmaMax = 80,
    rho = 7,
  } = checkOptions('karrasSigmas', options, {
    ...rangeRules,
    rho: rules.positive,
  });
  checkCount('karrasSigmas', { n });
  checkRange('karrasSigmas', sigmaMin, sigmaMax);
  const [min, max] = [sigmaMin ** (1 / rho), sigmaMax ** (1 / rho)];
  return withZero(n, sigmaMax, sigmaMin, (u) => (max + u * (min - max)) ** rho);
}
