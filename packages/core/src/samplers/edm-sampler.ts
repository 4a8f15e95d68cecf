import { check } from '@diptych/formats/errors';
import { type ChurnOptions, churned } from './churn.ts';
import { mix } from './mix.ts';
import type { Sampler } from '../contracts/sampler.ts';
import { linearTime, type TimeCoordinate } from './time-coordinate.ts';

export interface EdmSamplerOptions extends ChurnOptions {
  /** The time in which steps are taken. Default `linearTime`. */
  time?: TimeCoordinate;
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
 * with the churn of algorithm 2. Flow matching's Heun is `time: flowTime`. The last step, to 0, is Euler's; in a time that
 * begins above 0 (`geometricTime`) it gives D.
 *
 * @throws DiptychError if an option is out of range
 * @see Karras et al. 2022, eq. 4 and algorithm 3 (appendix D.1); algorithm 2
 * @example sample(edmSampler({ time: vpTime(), order: 1 }), denoise, { sigmas: scheduledSigmas(50, vpSchedule()), shape, key: key(0) });
 */
export function edmSampler({ time = linearTime, order = 2, alpha = 1, ...options }: EdmSamplerOptions = {}): Sampler {
  const churn = churned('edmSampler', options);
  check(order === 1 || order === 2, 'edmSampler', 'order', '1 or 2', order);
  check(alpha > 0 && alpha <= 1, 'edmSampler', 'alpha', 'in (0, 1]', alpha);
  return {
    name: 'edmSampler',
    step(x, denoise, step) {
      const { xHat, sigmaHat } = churn(x, step);
      // A time at whose beginning noise is left has no 0 to go to: there D is the limit.
      if (step.sigmaNext === 0 && time.sigma(0) > 0) {
        const denoised = denoise(xHat, sigmaHat);
        return { x: denoised, denoised };
      }
      const [t, end] = [time.time(sigmaHat), step.sigmaNext === 0 ? 0 : time.time(step.sigmaNext)];
      const h = end - t;
      const [s, sEnd] = [time.scale(t), time.scale(end)];
      // d = a X - b D of the unscaled state X.
      const slope = (at: number) => {
        const growth = time.sigmaSlope(at) / time.sigma(at);
        return { a: time.scale(at) * growth + time.scaleSlope(at), b: growth * time.scale(at) };
      };
      const denoised = denoise(xHat, sigmaHat);
      const { a, b } = slope(t);
      if (order === 1 || end === 0) {
        return { x: mix([(s + h * a) / sEnd, xHat], [(-h * b) / sEnd, denoised]), denoised };
      }
      const at = t + alpha * h;
      const p = (s + alpha * h * a) / time.scale(at);
      const q = (-alpha * h * b) / time.scale(at);
      const second = denoise(mix([p, xHat], [q, denoised]), time.sigma(at));
      // The whole step as weights of X, D and the second D, in double: nothing cancels in float32.
      const there = slope(at);
      const w = h / (2 * alpha);
      const onX = s + (h - w) * a + w * there.a * p;
      const onD = w * there.a * q - (h - w) * b;
      return { x: mix([onX / sEnd, xHat], [onD / sEnd, denoised], [(-w * there.b) / sEnd, second]), denoised };
    },
  };
}
