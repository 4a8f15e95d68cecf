import { check, checkOptions, rules } from '@diptych/formats/errors';
import { type SmoothSchedule, unitTime } from './noise-schedule.ts';
import { pureNoise } from './pure-noise.ts';

export interface CosineScheduleOptions {
  /**
   * Factor on the noise level: image size / size at which the noise is judged, so 64/32 for 64 pixels "as at 32". A pair
   * is for the noisy end (t = 1) and for the clean end (t = 0). Default 1.
   */
  shift?: number | readonly [number, number];
  /** Noise level at t = 0. Default 0. */
  sigmaMin?: number;
  /** Noise level at t = 1. Default Infinity, which is `pureNoise`. */
  sigmaMax?: number;
}

/**
 * The cosine process, uniform in the angle whose tangent is the noise level, t in [0, 1]:
 *
 *     sigma(t) = k tan(a + t (b - a)),   k tan a = sigma_min,   k tan b = sigma_max,   alpha = 1/sqrt(1 + sigma^2)
 *
 * with the shift k; with a pair, ln sigma goes linearly from one such schedule to the other. Its sigma, of uniform t, is also
 * the training density of v-diffusion (k = sigma_data) and of the interpolated cosine.
 *
 * @throws DiptychError if a shift is not finite and > 0, or not 0 <= sigmaMin < sigmaMax
 * @see Hoogeboom et al. 2023, "simple diffusion", section 3.1, arXiv:2301.11093; Salimans and Ho 2022, "Progressive distillation", section
 * 2, arXiv:2202.00512
 * @example
 * cosineSchedule({ shift: 64 / 32 }).sigma(0.5); // 2
 */
export function cosineSchedule(options: CosineScheduleOptions = {}): SmoothSchedule {
  const {
    shift = 1,
    sigmaMin = 0,
    sigmaMax = Infinity,
  } = checkOptions('cosineSchedule', options, {
    shift: rules.either(rules.positive, rules.list(rules.positive)),
    sigmaMin: rules.nonNegative,
    sigmaMax: rules.number,
  });
  check(typeof shift === 'number' || shift.length === 2, 'cosineSchedule', 'shift', 'a number or two', shift);
  const [noisy, clean] = typeof shift === 'number' ? [shift, shift] : shift;
  check(sigmaMin >= 0 && sigmaMin < sigmaMax, 'cosineSchedule', 'sigmaMin', '>= 0 and < sigmaMax', sigmaMin);
  const shifted = (k: number, t: number) => {
    const [a, b] = [Math.atan(sigmaMin / k), Math.atan(sigmaMax / k)];
    return Math.min(k * Math.tan(a + t * (b - a)), pureNoise);
  };
  const sigma = (t: number) => shifted(noisy, t) ** t * shifted(clean, t) ** (1 - t);
  const alpha = (t: number) => 1 / Math.hypot(1, sigma(t));
  const rise = (k: number, t: number) =>
    (Math.atan(sigmaMax / k) - Math.atan(sigmaMin / k)) * (k + shifted(k, t) ** 2 / k);
  const slope = (t: number) => {
    if (noisy === clean) return rise(noisy, t);
    const [above, below] = [shifted(noisy, t), shifted(clean, t)];
    return sigma(t) * (Math.log(above / below) + (t * rise(noisy, t)) / above + ((1 - t) * rise(clean, t)) / below);
  };
  return {
    name: 'cosine',
    timeRange: unitTime,
    sigma,
    alpha,
    slopes: { alpha: (t) => -sigma(t) * slope(t) * alpha(t) ** 3, sigma: slope },
    time(level) {
      if (level >= sigma(1)) return 1;
      // Halve the interval until it is empty: no closed form with two shifts.
      let [low, high] = [0, 1];
      for (let i = 0; i < 60; i++) {
        const middle = (low + high) / 2;
        if (sigma(middle) < level) low = middle;
        else high = middle;
      }
      return (low + high) / 2;
    },
  };
}
