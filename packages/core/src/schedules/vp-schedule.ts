import { checkPositive } from './checks.ts';
import { type NoiseSchedule, unitTime } from './noise-schedule.ts';

export interface VpScheduleOptions {
  /** beta_max - beta_min. Default 19.9. */
  betaD?: number;
  /** beta at t = 0. Default 0.1. */
  betaMin?: number;
}

/**
 * The continuous variance-preserving process with linear beta(t) = beta_min + beta_d t, t in [0, 1]:
 *
 *     alpha = 1/sqrt(1 + sigma^2),   sigma(t) = sqrt(e^(beta_d t^2/2 + beta_min t) - 1)
 *
 * @throws DiptychError if an option is not finite and > 0
 * @see Song et al. 2021, "Score-based generative modeling through SDEs", eq. 32; Karras et al. 2022, table 1
 * @example vpSchedule().sigma(1); // 152.17
 */
export function vpSchedule({ betaD = 19.9, betaMin = 0.1 }: VpScheduleOptions = {}): NoiseSchedule {
  checkPositive('vpSchedule', { betaD, betaMin });
  const sigma = (t: number) => Math.sqrt(Math.expm1((betaD * t ** 2) / 2 + betaMin * t));
  return {
    name: 'vp',
    timeRange: unitTime,
    sigma,
    alpha: (t) => 1 / Math.hypot(1, sigma(t)),
    // The root of a quadratic, in the form that keeps its digits near 0.
    time(sigma) {
      const log = Math.log1p(sigma ** 2);
      return log === Infinity ? log : (2 * log) / (betaMin + Math.sqrt(betaMin ** 2 + 2 * betaD * log));
    },
  };
}
