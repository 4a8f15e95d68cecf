import { checkCount, checkOptions, rules } from '@diptych/formats/errors';
import { checkRange, rangeRules } from '../schedules/check-range.ts';
import { betaQuantile } from '../numeric/beta-quantile.ts';
import { withZero } from './with-zero.ts';

export interface BetaSigmasOptions {
  sigmaMin?: number;
  sigmaMax?: number;
  /** Shape of the distribution at the clean end; below 1 steps gather there. Default 0.6. */
  alpha?: number;
  /** Shape of the distribution at the noisy end. Default 0.6. */
  beta?: number;
}

/**
 * The grid whose noise levels are quantiles of a beta distribution between sigma_min and sigma_max, then 0, as in diffusers. (The paper
 * takes quantiles of the timestep: `betaTimesteps`.)
 *
 * @throws DiptychError if n is not an integer >= 1, the range is empty, or alpha or beta not > 0
 * @see Lee et al. 2024, "Beta sampling is all you need", arXiv:2407.12173
 * @example
 * betaSigmas(10, { sigmaMin: 0.03, sigmaMax: 14.6 });
 */
export function betaSigmas(n: number, options: BetaSigmasOptions = {}): number[] {
  const {
    sigmaMin = 0.002,
    sigmaMax = 80,
    alpha = 0.6,
    beta = 0.6,
  } = checkOptions('betaSigmas', options, {
    ...rangeRules,
    alpha: rules.positive,
    beta: rules.positive,
  });
  checkCount('betaSigmas', { n });
  checkRange('betaSigmas', sigmaMin, sigmaMax);
  return withZero(n, sigmaMax, sigmaMin, (u) => sigmaMin + betaQuantile(1 - u, alpha, beta) * (sigmaMax - sigmaMin));
}
