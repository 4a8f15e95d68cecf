import { checkOptions, rules } from '@diptych/formats/errors';
import { normalQuantile } from '../../numeric/normal-distribution.ts';
import type { Quantile } from './quantile.ts';

export interface LogNormalOptions {
  mean?: number;
  std?: number;
}

/**
 * Quantile function of ln sigma ~ N(mean, std^2), EDM's training density.
 *
 * @throws DiptychError if std is not finite and > 0
 * @see Karras et al. 2022, table 1, arXiv:2206.00364
 * @example
 * const quantile = logNormal({ mean: -0.4, std: 1 });
 */
export function logNormal(options: LogNormalOptions = {}): Quantile {
  const { mean = -1.2, std = 1.2 } = checkOptions('logNormal', options, { mean: rules.finite, std: rules.positive });
  return (u) => Math.exp(mean + std * normalQuantile(u));
}
