import { checkOptions, rules } from '@diptych/formats/errors';
import { betaQuantile } from '../../numeric/beta-quantile.ts';
import { roundHalfEven } from '../../numeric/round-half-even.ts';
import { checkTimesteps } from './check-timesteps.ts';

export interface BetaTimestepsOptions {
  /** Shape of the distribution at the clean end; below 1 steps gather there. Default 0.6. */
  alpha?: number;
  /** Shape of the distribution at the noisy end. Default 0.6. */
  beta?: number;
}

/**
 * Timesteps of a chain of T that are quantiles of a beta distribution at 1, 1 - 1/n, ..., noisiest first. Where two of
 * them round to the same the later is moved to the next free one, so there are always n.
 *
 * @throws DiptychError if not 1 <= n <= T are integers and alpha and beta > 0
 * @see Lee et al. 2024, "Beta sampling is all you need", arXiv:2407.12173
 * @example
 * betaTimesteps(5); // [999, 876, 637, 362, 123]
 */
export function betaTimesteps(n: number, T = 1000, options: BetaTimestepsOptions = {}): number[] {
  const { alpha = 0.6, beta = 0.6 } = checkOptions('betaTimesteps', options, {
    alpha: rules.positive,
    beta: rules.positive,
  });
  checkTimesteps('betaTimesteps', n, T);
  const times = Array.from({ length: n }, (_, i) => roundHalfEven(betaQuantile(1 - i / n, alpha, beta) * (T - 1)));
  // Downwards from the top, keeping room for those that follow.
  for (let i = 1; i < n; i++) times[i] = Math.min(times[i], times[i - 1] - 1);
  for (let i = n - 1; i >= 0; i--) times[i] = Math.max(times[i], n - 1 - i);
  return times;
}
