import { check, checkOptions, rules } from '@diptych/formats/errors';
import { type SmoothSchedule, unitTime } from './noise-schedule.ts';

export interface VpScheduleOptions {
  /** beta_max - beta_min. Default 19.9. */
  betaD?: number;
  /**
   * beta at t = 0. A fit to a range of noise levels may ask for one slightly below 0, with no noise up to t = -2 betaMin/betaD. Default
   * 0.1.
   */
  betaMin?: number;
}

/**
 * The continuous variance-preserving process with linear beta(t) = beta_min + beta_d t, t in [0, 1]:
 *
 *     alpha = 1/sqrt(1 + sigma^2),   sigma(t) = sqrt(e^(beta_d t^2/2 + beta_min t) - 1)
 *
 * @throws DiptychError if betaD is not finite and > 0, or betaMin not finite and > -betaD/2
 * @see Song et al. 2021, "Score-based generative modeling through SDEs", eq. 32, arXiv:2011.13456; Karras et al. 2022, table 1,
 * arXiv:2206.00364
 * @example
 * vpSchedule().sigma(1); // 152.17
 */
export function vpSchedule(options: VpScheduleOptions = {}): SmoothSchedule {
  const { betaD = 19.9, betaMin = 0.1 } = checkOptions('vpSchedule', options, {
    betaD: rules.positive,
    betaMin: rules.finite,
  });
  check(betaMin > -betaD / 2 && betaMin < Infinity, 'vpSchedule', 'betaMin', 'finite and > -betaD/2', betaMin);
  const sigma = (t: number) => Math.sqrt(Math.max(0, Math.expm1((betaD * t ** 2) / 2 + betaMin * t)));
  const alpha = (t: number) => 1 / Math.hypot(1, sigma(t));
  // beta(t)/2, of which both derivatives are multiples.
  const rate = (t: number) => (betaMin + betaD * t) / 2;
  return {
    name: 'vp',
    timeRange: unitTime,
    sigma,
    alpha,
    // The root of a quadratic, in the form that keeps its digits near 0.
    time(sigma) {
      const log = Math.log1p(sigma ** 2);
      return log === Infinity ? log : (2 * log) / (betaMin + Math.sqrt(betaMin ** 2 + 2 * betaD * log));
    },
    slopes: { alpha: (t) => -rate(t) * alpha(t), sigma: (t) => rate(t) * (sigma(t) + 1 / sigma(t)) },
  };
}
