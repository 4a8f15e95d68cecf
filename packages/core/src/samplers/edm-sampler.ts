import { checkOptions, rules } from '@diptych/formats/errors';
import { type ChurnOptions, churned, churnRules } from './churn.ts';
import type { Sampler } from '../contracts/sampler.ts';
import { edmSchedule } from '../schedules/edm-schedule.ts';
import { checkSmooth, type NoiseSchedule } from '../schedules/noise-schedule.ts';
import { linearCombination } from './step-arithmetic.ts';

export interface GeneralizedHeunOptions extends ChurnOptions {
  /** The process in whose time the steps are taken, one with slopes. Default `edmSchedule()`. */
  schedule?: NoiseSchedule;
  /** 1 is Euler's method. Default 2. */
  order?: 1 | 2;
  /** Where in the step order 2 evaluates again: 1 is Heun's method, 1/2 the midpoint rule, 2/3 Ralston's. Default 1. */
  alpha?: number;
}

/**
 * EDM's generalised sampler: Euler's method or a second-order Runge-Kutta method in any time and scaling of the state,
 *
 *     d = (sigma^/sigma + s^/s) x - sigma^ s/sigma D(x/s; sigma)       (^ is the derivative)
 *     x' = x + h ((1 - 1/(2 alpha)) d + 1/(2 alpha) d_alpha),   d_alpha at t + alpha h
 *
 * computed as one sum of x, D and D_alpha with weights in double, so that nothing cancels in float32; with the churn of algorithm 2. Flow matching's Heun is `schedule: flowSchedule()`. The last step, to 0, is Euler's; in a time that
 * begins above 0 (`veSchedule`) it gives D.
 *
 * **Order** 2 · **Evaluations** 2 a step · **Memory** none
 *
 * @throws DiptychError if an option is out of range
 * @see Karras et al. 2022, eq. 4 and algorithm 3 (appendix D.1), arXiv:2206.00364; algorithm 2
 * @example
 * sample(generalizedHeun({ schedule: vpSchedule(), order: 1 }), denoise, { sigmas: scheduledSigmas(50, vpSchedule()), shape, key: key(0) });
 */
export function generalizedHeun(options: GeneralizedHeunOptions = {}): Sampler {
  const {
    schedule = edmSchedule(),
    order = 2,
    alpha = 1,
    ...churnOptions
  } = checkOptions('generalizedHeun', options, {
    ...churnRules,
    schedule: rules.object,
    order: rules.oneOf(1, 2),
    alpha: rules.interval('(0, 1]'),
  });
  const { time, sigma, alpha: scale, slopes } = checkSmooth('generalizedHeun', schedule);
  const churn = churned('generalizedHeun', churnOptions);
  return {
    name: 'generalizedHeun',
    step(x, denoise, step) {
      const { xHat, sigmaHat } = churn(x, step);
      // A time at whose beginning noise is left has no 0 to go to: there D is the limit.
      if (step.sigmaNext === 0 && sigma(0) > 0) {
        const denoised = denoise(xHat, sigmaHat);
        return { x: denoised, denoised };
      }
      const [t, end] = [time(sigmaHat), step.sigmaNext === 0 ? 0 : time(step.sigmaNext)];
      const h = end - t;
      const [s, sEnd] = [scale(t), scale(end)];
      // d = a X - b D of the unscaled state X.
      const slope = (at: number) => {
        const growth = slopes.sigma(at) / sigma(at);
        return { a: scale(at) * growth + slopes.alpha(at), b: growth * scale(at) };
      };
      const denoised = denoise(xHat, sigmaHat);
      const { a, b } = slope(t);
      if (order === 1 || end === 0) {
        return { x: linearCombination([(s + h * a) / sEnd, xHat], [(-h * b) / sEnd, denoised]), denoised };
      }
      const at = t + alpha * h;
      const p = (s + alpha * h * a) / scale(at);
      const q = (-alpha * h * b) / scale(at);
      const second = denoise(linearCombination([p, xHat], [q, denoised]), sigma(at));
      // The whole step as weights of X, D and the second D, in double: nothing cancels in float32.
      const there = slope(at);
      const w = h / (2 * alpha);
      const onX = s + (h - w) * a + w * there.a * p;
      const onD = w * there.a * q - (h - w) * b;
      return {
        x: linearCombination([onX / sEnd, xHat], [onD / sEnd, denoised], [(-w * there.b) / sEnd, second]),
        denoised,
      };
    },
  };
}
