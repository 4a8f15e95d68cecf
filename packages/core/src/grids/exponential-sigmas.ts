import { checkCount, checkOptions } from '@diptych/formats/errors';
import { checkRange, rangeRules } from '../schedules/check-range.ts';
import { polyexponentialSigmas, type PolyexponentialSigmasOptions } from './polyexponential-sigmas.ts';

export type ExponentialSigmasOptions = Omit<PolyexponentialSigmasOptions, 'rho'>;

/**
 * The grid that is evenly spaced in ln sigma (and so in the log signal-to-noise ratio: "lu lambdas"), then 0.
 *
 * @throws DiptychError if n is not an integer >= 1, or not 0 < sigmaMin < sigmaMax < Infinity
 * @see Lu et al. 2022, "DPM-Solver", section 3.3, arXiv:2206.00927; Karras et al. 2022, table 1 (column VE), arXiv:2206.00364
 * @example
 * exponentialSigmas(10, { sigmaMin: 0.02, sigmaMax: 100 });
 */
export function exponentialSigmas(n: number, options: ExponentialSigmasOptions = {}): number[] {
  const { sigmaMin = 0.002, sigmaMax = 80 } = checkOptions('exponentialSigmas', options, rangeRules);
  checkCount('exponentialSigmas', { n });
  checkRange('exponentialSigmas', sigmaMin, sigmaMax);
  return polyexponentialSigmas(n, { sigmaMin, sigmaMax });
}
