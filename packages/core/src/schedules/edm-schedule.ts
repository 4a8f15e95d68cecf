import { checkOptions } from '@diptych/formats/errors';
import { checkRange, rangeRules } from './check-range.ts';
import type { SmoothSchedule } from './noise-schedule.ts';

export interface EdmScheduleOptions {
  /** The first time, and its noise level. Default 0.002. */
  sigmaMin?: number;
  /** The last time, and its noise level. Default 80. */
  sigmaMax?: number;
}

/**
 * EDM's own process: time is the noise level, sigma(t) = t, alpha = 1.
 *
 * @throws DiptychError if not 0 < sigmaMin < sigmaMax < Infinity
 * @see Karras et al. 2022, table 1, arXiv:2206.00364
 * @example
 * edmSchedule().sigma(80); // 80
 */
export function edmSchedule(options: EdmScheduleOptions = {}): SmoothSchedule {
  const { sigmaMin = 0.002, sigmaMax = 80 } = checkOptions('edmSchedule', options, rangeRules);
  checkRange('edmSchedule', sigmaMin, sigmaMax);
  const timeRange = { first: sigmaMin, last: sigmaMax, discrete: false };
  return {
    name: 'edm',
    timeRange,
    alpha: () => 1,
    sigma: (t) => t,
    time: (sigma) => sigma,
    slopes: { alpha: () => 0, sigma: () => 1 },
  };
}
