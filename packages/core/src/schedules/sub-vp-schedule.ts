import type { NoiseSchedule } from './noise-schedule.ts';
import { vpSchedule, type VpScheduleOptions } from './vp-schedule.ts';

/**
 * The sub-VP process: the signal of `vpSchedule`, less noise, x_t = alpha x0 + (1 - alpha^2) n, so sigma = (1 - alpha^2)/alpha.
 *
 * @throws DiptychError if an option is not finite and > 0
 * @see Song et al. 2021, eq. 13 and 29
 * @example subVpSchedule().sigma(0.5);
 */
export function subVpSchedule(options: VpScheduleOptions = {}): NoiseSchedule {
  const vp = vpSchedule(options);
  return {
    name: 'sub-vp',
    alpha: vp.alpha,
    sigma: (t) => (1 - vp.alpha(t) ** 2) / vp.alpha(t),
    // sigma = 1/alpha - alpha is solved by alpha = sqrt(1 + sigma^2/4) - sigma/2.
    time(sigma) {
      const alpha = 1 / (Math.hypot(1, sigma / 2) + sigma / 2);
      return vp.time(Math.sqrt(1 / alpha ** 2 - 1));
    },
  };
}
