import { normalQuantile } from '../../numeric/normal-quantile.ts';
import { checkPositive } from '../../schedules/checks.ts';

export interface LogitNormalTimeOptions {
  mean?: number;
  std?: number;
}

/**
 * Quantile function of a flow time t with ln(t/(1-t)) ~ N(mean, std^2); `flowSchedule().sigma` of it is a noise level.
 *
 * @throws DiptychError if std is not finite and > 0
 * @see Esser et al. 2024, eq. 19
 * @example const sigmaQuantile = (u: number) => flowSchedule().sigma(logitNormalTime()(u));
 */
export function logitNormalTime({ mean = 0, std = 1 }: LogitNormalTimeOptions = {}): (u: number) => number {
  checkPositive('logitNormalTime', { std });
  return (u) => 1 / (1 + Math.exp(-mean - std * normalQuantile(u)));
}

/** The density of `logitNormalTime` at t in (0, 1). */
export function logitNormalDensity(t: number, { mean = 0, std = 1 }: LogitNormalTimeOptions = {}): number {
  checkPositive('logitNormalDensity', { std });
  const z = (Math.log(t / (1 - t)) - mean) / std;
  return Math.exp((-z * z) / 2) / (std * Math.sqrt(2 * Math.PI) * t * (1 - t));
}
