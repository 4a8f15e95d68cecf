import { check, checkOptions, rules } from '@diptych/formats/errors';
import type { Quantile } from './quantile.ts';

export interface LogLogisticOptions {
  /** Location of ln sigma. Default ln 0.5. */
  mean?: number;
  /** Scale of ln sigma. Default 0.5. */
  scale?: number;
  /** Smallest sigma. Default 0. */
  sigmaMin?: number;
  /** Largest sigma. Default Infinity. */
  sigmaMax?: number;
}

/**
 * Quantile function of ln sigma ~ Logistic(mean, scale), cut off below sigmaMin and above sigmaMax.
 *
 * @throws DiptychError if scale is not finite and > 0, or not 0 <= sigmaMin < sigmaMax
 * @see k-diffusion (Crowson 2022), utils.py, rand_log_logistic
 * @example
 * const quantile = logLogistic({ sigmaMin: 0.01, sigmaMax: 80 });
 */
export function logLogistic(options: LogLogisticOptions = {}): Quantile {
  const {
    mean = Math.log(0.5),
    scale = 0.5,
    sigmaMin = 0,
    sigmaMax = Infinity,
  } = checkOptions('logLogistic', options, {
    mean: rules.finite,
    scale: rules.positive,
    sigmaMin: rules.nonNegative,
    sigmaMax: rules.number,
  });
  check(sigmaMin >= 0 && sigmaMin < sigmaMax, 'logLogistic', 'sigmaMin', '>= 0 and < sigmaMax', sigmaMin);
  const cdf = (sigma: number) => 1 / (1 + Math.exp((mean - Math.log(sigma)) / scale));
  const [low, high] = [cdf(sigmaMin), cdf(sigmaMax)];
  return (u) => {
    const p = low + u * (high - low);
    return Math.exp(mean + scale * Math.log(p / (1 - p)));
  };
}
