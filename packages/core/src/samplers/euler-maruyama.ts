import { addNoise } from './add-noise.ts';
import { mix } from './mix.ts';
import type { Sampler } from '../contracts/sampler.ts';
import { checkStochastic, type StochasticOptions } from './stochastic-options.ts';
import { squareRootTime, type TimeCoordinate } from './time-coordinate.ts';

export interface EulerMaruyamaOptions extends StochasticOptions {
  /** The process, whose time the steps are equal in: `geometricTime()`, `vpTime()`, `subVpTime()`, …. Default `squareRootTime`. */
  time?: TimeCoordinate;
}

/**
 * Euler's and Maruyama's method on the reverse-time SDE. For the scaled state X = s x, with f = s^/s and g^2 = 2 s^2 sigma sigma^ (^ is the
 * derivative by time), a step of length h back in time is
 *
 *     X' = X - h (f X - (1 + eta^2)/2 g^2 score) + eta g sqrt(h) n,   score = (D - x)/(s sigma^2)
 *
 * eta 1 is the reverse SDE, 0 Euler's method on the probability-flow ODE. With `squareRootTime` it is the reverse diffusion sampler of
 * VE models. Weak order 1. The last step, to 0, gives D.
 *
 * @throws DiptychError if an option is out of range
 * @see Song et al. 2021, "Score-based generative modeling through SDEs", eq. 6 and 13, and appendices B and E
 * @example sample(eulerMaruyama({ time: vpTime() }), denoise, { sigmas: scheduledSigmas(500, vpSchedule()), shape, key: key(0) });
 */
export function eulerMaruyama({ time = squareRootTime, eta = 1, noiseScale = 1 }: EulerMaruyamaOptions = {}): Sampler {
  checkStochastic('eulerMaruyama', eta, noiseScale);
  return {
    name: 'eulerMaruyama',
    step(x, denoise, step) {
      const { sigma, sigmaNext } = step;
      const denoised = denoise(x, sigma);
      if (sigmaNext === 0) return { x: denoised, denoised };
      const t = time.time(sigma);
      const h = t - time.time(sigmaNext);
      const [s, sNext] = [time.scale(t), time.scale(t - h)];
      const growth = time.sigmaSlope(t) / sigma;
      const onD = (h * (1 + eta ** 2) * growth * s) / sNext;
      const onX = (s - h * time.scaleSlope(t)) / sNext - onD;
      const std = (eta * s * sigma * Math.sqrt(2 * growth * h)) / sNext;
      const moved = mix([onX, x], [onD, denoised]);
      return { x: addNoise(moved, std * noiseScale, step, sigma, sigmaNext), denoised };
    },
  };
}
