import { checkOptions } from '@diptych/formats/errors';
import { checkRange, rangeRules } from './check-range.ts';
import type { SmoothSchedule } from './noise-schedule.ts';

export interface SquareRootScheduleOptions {
  /** Noise level at the first time, its square. Default 0.02. */
  sigmaMin?: number;
  /** Noise level at the last time, its square. Default 100. */
  sigmaMax?: number;
}

/**
 * The variance-exploding process in which noise is added at an even rate, a Brownian motion: alpha = 1, sigma(t) = sqrt(t). EDM's "ve".
 *
 * @throws DiptychError if not 0 < sigmaMin < sigmaMax < Infinity
 * @see Karras et al. 2022, table 1 (column VE), arXiv:2206.00364; Song et al. 2021, section 3.4, arXiv:2011.13456
 * @example
 * squareRootSchedule().sigma(4); // 2
 */
export function squareRootSchedule(options: SquareRootScheduleOptions = {}): SmoothSchedule {
  const { sigmaMin = 0.02, sigmaMax = 100 } = checkOptions('squareRootSchedule', options, rangeRules);
  checkRange('squareRootSchedule', sigmaMin, sigmaMax);
  return {
    name: 'square-root',
    timeRange: { first: sigmaMin ** 2, last: sigmaMax ** 2, discrete: false },
    alpha: () => 1,
    sigma: Math.sqrt,
    time: (sigma) => sigma ** 2,
    slopes: { alpha: () => 0, sigma: (t) => 0.5 / Math.sqrt(t) },
  };
}
