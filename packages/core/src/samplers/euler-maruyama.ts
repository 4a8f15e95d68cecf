import { checkOptions, rules } from '@diptych/formats/errors';
import type { Sampler } from '../contracts/sampler.ts';
import { stochasticRules, type StochasticOptions } from './stochastic-options.ts';
import { checkSmooth, type NoiseSchedule } from '../schedules/noise-schedule.ts';
import { squareRootSchedule } from '../schedules/square-root-schedule.ts';
import { addNoise, linearCombination } from './step-arithmetic.ts';

export interface EulerMaruyamaOptions extends StochasticOptions {
  /** The process, one with slopes: `veSchedule()`, `vpSchedule()`, `subVpSchedule()`, …. Default `squareRootSchedule()`. */
  schedule?: NoiseSchedule;
}

/**
 * Euler's and Maruyama's method on the reverse-time SDE. For the scaled state X = s x, with f = s^/s and g^2 = 2 s^2 sigma sigma^ (^ is the
 * derivative by time), a step of length h back in time is
 *
 *     X' = X - h (f X - (1 + eta^2)/2 g^2 score) + eta g sqrt(h) n,   score = (D - x)/(s sigma^2)
 *
 * eta 1 is the reverse SDE, 0 Euler's method on the probability-flow ODE. With `squareRootSchedule` it is the reverse diffusion sampler of
 * VE models. Weak order 1. The last step, to 0, gives D.
 *
 * **Order** weak 1 · **Evaluations** 1 a step · **Memory** none
 *
 * @throws DiptychError if an option is out of range
 * @see Song et al. 2021, "Score-based generative modeling through SDEs", eq. 6 and 13, and appendices B and E, arXiv:2011.13456
 * @example
 * sample(eulerMaruyama({ schedule: vpSchedule() }), denoise, { sigmas: scheduledSigmas(500, vpSchedule()), shape, key: key(0) });
 */
export function eulerMaruyama(options: EulerMaruyamaOptions = {}): Sampler {
  const {
    schedule = squareRootSchedule(),
    eta = 1,
    noiseScale = 1,
  } = checkOptions('eulerMaruyama', options, { ...stochasticRules, schedule: rules.object });
  const { time, alpha, slopes } = checkSmooth('eulerMaruyama', schedule);
  return {
    name: 'eulerMaruyama',
    step(x, denoise, step) {
      const { sigma, sigmaNext } = step;
      const denoised = denoise(x, sigma);
      if (sigmaNext === 0) return { x: denoised, denoised };
      const t = time(sigma);
      const h = t - time(sigmaNext);
      const [s, sNext] = [alpha(t), alpha(t - h)];
      const growth = slopes.sigma(t) / sigma;
      const onD = (h * (1 + eta ** 2) * growth * s) / sNext;
      const onX = (s - h * slopes.alpha(t)) / sNext - onD;
      const std = (eta * s * sigma * Math.sqrt(2 * growth * h)) / sNext;
      const moved = linearCombination([onX, x], [onD, denoised]);
      return { x: addNoise(moved, std * noiseScale, step, sigma, sigmaNext), denoised };
    },
  };
}
