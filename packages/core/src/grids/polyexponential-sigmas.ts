import { checkCount, checkOptions, rules } from '@diptych/formats/errors';
import { checkRange, rangeRules } from '../schedules/check-range.ts';
import { withZero } from './with-zero.ts';

export interface PolyexponentialSigmasOptions {
  /** The last noise level before 0. Default 0.002. */
  sigmaMin?: number;
  /** The noise level where sampling starts. Default 80. */
  sigmaMax?: number;
  /** 1 is evenly spaced in ln sigma; above, steps gather at low noise. Default 1. */
  rho?: number;
}

/**
 * The grid whose logarithm is a power: ln sigma_i = ln sigma_min + (1 - i/(n-1))^rho ln(sigma_max/sigma_min), then 0.
 *
 * @throws DiptychError if n is not an integer >= 1, or not 0 < sigmaMin < sigmaMax < Infinity, or not rho > 0
 * @see k-diffusion (Crowson 2022), sampling.py, get_sigmas_polyexponential
 * @example
 * polyexponentialSigmas(10, { rho: 1.5 });
 */
export function polyexponentialSigmas(n: number, options: PolyexponentialSigmasOptions = {}): number[] {
  const {
    sigmaMin = 0.002,
    sigmaMax = 80,
    rho = 1,
  } = checkOptions('polyexponentialSigmas', options, {
    ...rangeRules,
    rho: rules.positive,
  });
  checkCount('polyexponentialSigmas', { n });
  checkRange('polyexponentialSigmas', sigmaMin, sigmaMax);
  return withZero(n, sigmaMax, sigmaMin, (u) => sigmaMin * (sigmaMax / sigmaMin) ** ((1 - u) ** rho));
}
