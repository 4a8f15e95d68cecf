import { checkPositive } from '../../schedules/checks.ts';
import { normalQuantile } from '../../numeric/normal-quantile.ts';

export interface LogNormalOptions {
  mean?: number;
  std?: number;
}

/**
 * Quantile function of ln sigma ~ N(mean, std^2), EDM's training density.
 *
 * @throws DiptychError if std is not finite and > 0
 * @see Karras et al. 2022, table 1
 * @example const quantile = logNormal({ mean: -0.4, std: 1 });
 */
export function logNormal({ mean = -1.2, std = 1.2 }: LogNormalOptions = {}): (u: number) => number {
  checkPositive('logNormal', { std });
  return (u) => Math.exp(mean + std * normalQuantile(u));
}
