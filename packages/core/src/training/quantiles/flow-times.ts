import { check, checkOptions, checkShare, rules } from '@diptych/formats/errors';
import { normalQuantile } from '../../numeric/normal-distribution.ts';
import type { Quantile } from './quantile.ts';

export interface LogitNormalTimeOptions {
  /** Mean of ln(t/(1 - t)). Default 0. */
  mean?: number;
  /** Standard deviation of ln(t/(1 - t)). Default 1. */
  std?: number;
}

/**
 * Quantile function of a flow time t with ln(t/(1-t)) ~ N(mean, std^2). `sigmasOfTimes` of it is one of the noise level.
 *
 * @throws DiptychError if mean is not finite, or std not finite and > 0
 * @see Esser et al. 2024, "Scaling rectified flow transformers for high-resolution image synthesis", eq. 19, arXiv:2403.03206
 * @example
 * const sigmaQuantile = sigmasOfTimes(logitNormalTime({ mean: 0.5 }));
 */
export function logitNormalTime(options: LogitNormalTimeOptions = {}): Quantile {
  const { mean = 0, std = 1 } = checkOptions('logitNormalTime', options, { mean: rules.finite, std: rules.positive });
  return (u) => 1 / (1 + Math.exp(-mean - std * normalQuantile(u)));
}

/**
 * The density of `logitNormalTime` at t in (0, 1).
 *
 * @throws DiptychError if std is not finite and > 0
 * @example
 * logitNormalDensity(0.5); // 1.5958
 */
export function logitNormalDensity(t: number, options: LogitNormalTimeOptions = {}): number {
  const { mean = 0, std = 1 } = checkOptions('logitNormalDensity', options, {
    mean: rules.finite,
    std: rules.positive,
  });
  checkShare('logitNormalDensity', { t });
  const z = (Math.log(t / (1 - t)) - mean) / std;
  return Math.exp((-z * z) / 2) / (std * Math.sqrt(2 * Math.PI) * t * (1 - t));
}

export interface ModeTimeOptions {
  /** Weight on the middle (above 0) or on the ends (below 0). Default 1.29. */
  scale?: number;
}

/**
 * Quantile function of a flow time with more weight on the middle or on the ends, with v = 1 - u (the paper's u, which time falls with):
 *
 *     t = 1 - v - scale (cos^2(pi v/2) - 1 + v)
 *
 * @throws DiptychError if scale is not in [-1, 2/(pi - 2)], where the map is monotone
 * @see Esser et al. 2024, eq. 20, arXiv:2403.03206
 * @example
 * const sigmaQuantile = sigmasOfTimes(modeTime());
 */
export function modeTime(options: ModeTimeOptions = {}): Quantile {
  const { scale = 1.29 } = checkOptions('modeTime', options, { scale: rules.finite });
  check(scale >= -1 && scale <= 2 / (Math.PI - 2), 'modeTime', 'scale', 'in [-1, 2/(pi - 2)]', scale);
  return (u) => u - scale * (Math.sin((Math.PI * u) / 2) ** 2 - u);
}

/**
 * Quantile function of the flow time whose log SNR is that of the cosine schedule at u: t = 1 - 1/(tan(pi u/2) + 1).
 *
 * @see Esser et al. 2024, eq. 21, arXiv:2403.03206
 * @example
 * const sigmaQuantile = sigmasOfTimes(cosMapTime());
 */
export function cosMapTime(): Quantile {
  return (u) => 1 - 1 / (Math.tan((Math.PI * u) / 2) + 1);
}

/**
 * The density of `cosMapTime`, 2/(pi (1 - 2t + 2t^2)); also used as a weight of the velocity loss.
 *
 * @example
 * cosMapDensity(0.5); // 1.2732
 */
export const cosMapDensity = (t: number): number => {
  checkShare('cosMapDensity', { t });
  return 2 / (Math.PI * (1 - 2 * t + 2 * t * t));
};
