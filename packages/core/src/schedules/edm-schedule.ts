import type { NoiseSchedule } from './noise-schedule.ts';

/**
 * EDM's own process: time is the noise level, sigma(t) = t, alpha = 1.
 *
 * @see Karras et al. 2022, table 1
 * @example edmSchedule().sigma(80); // 80
 */
export function edmSchedule(): NoiseSchedule {
  return { name: 'edm', alpha: () => 1, sigma: (t) => t, time: (sigma) => sigma };
}
