import { checkOptions } from '@diptych/formats/errors';
import { checkRange, rangeRules } from './check-range.ts';
import { type SmoothSchedule, unitTime } from './noise-schedule.ts';

export interface VeScheduleOptions {
  /** Noise level at t = 0. Default 0.02. */
  sigmaMin?: number;
  /** Noise level at t = 1. Default 100. */
  sigmaMax?: number;
}

/**
 * The variance-exploding process: alpha = 1, sigma(t) = sigma_min (sigma_max/sigma_min)^t, t in [0, 1].
 *
 * @throws DiptychError if not 0 < sigmaMin < sigmaMax < Infinity
 * @see Song et al. 2021, eq. 30, arXiv:2011.13456; Karras et al. 2022, table 1, arXiv:2206.00364
 * @example
 * veSchedule().sigma(0.5); // 1.414
 */
export function veSchedule(options: VeScheduleOptions = {}): SmoothSchedule {
  const { sigmaMin = 0.02, sigmaMax = 100 } = checkOptions('veSchedule', options, rangeRules);
  checkRange('veSchedule', sigmaMin, sigmaMax);
  const ratio = Math.log(sigmaMax / sigmaMin);
  const sigma = (t: number) => sigmaMin * Math.exp(ratio * t);
  return {
    name: 've',
    timeRange: unitTime,
    alpha: () => 1,
    sigma,
    time: (sigma) => Math.log(sigma / sigmaMin) / ratio,
    slopes: { alpha: () => 0, sigma: (t) => ratio * sigma(t) },
  };
}
