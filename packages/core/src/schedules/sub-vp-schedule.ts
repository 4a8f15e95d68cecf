import { checkOptions, rules } from '@diptych/formats/errors';
import { type SmoothSchedule, unitTime } from './noise-schedule.ts';
import { vpSchedule, type VpScheduleOptions } from './vp-schedule.ts';

/**
 * The sub-VP process: the signal of `vpSchedule`, less noise, x_t = alpha x0 + (1 - alpha^2) n, so sigma = (1 - alpha^2)/alpha.
 *
 * @throws DiptychError if an option is not finite and > 0
 * @see Song et al. 2021, eq. 13 and 29, arXiv:2011.13456
 * @example
 * subVpSchedule().sigma(0.5);
 */
export function subVpSchedule(options: VpScheduleOptions = {}): SmoothSchedule {
  const vp = vpSchedule(
    checkOptions<VpScheduleOptions>('subVpSchedule', options, { betaD: rules.positive, betaMin: rules.finite }),
  );
  return {
    name: 'sub-vp',
    timeRange: unitTime,
    alpha: vp.alpha,
    // With the noise level v of the VP process: alpha = 1/sqrt(1 + v^2), so sigma = v^2/sqrt(1 + v^2).
    sigma: (t) => vp.sigma(t) ** 2 * vp.alpha(t),
    time: (sigma) => vp.time(Math.sqrt((sigma * (sigma + Math.hypot(sigma, 2))) / 2)),
    slopes: { alpha: vp.slopes.alpha, sigma: (t) => -vp.slopes.alpha(t) * (vp.alpha(t) ** -2 + 1) },
  };
}
