import {
  check,
  checkFinite,
  checkFunction,
  checkNumbers,
  checkOptions,
  checkShare,
  rules,
} from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Denoise } from '../contracts/denoiser.ts';

/** Two estimates, [B, ...], and the noise level, to one: how guidance combines a better and a worse denoiser. */
export type GuidanceRule = (better: tf.Tensor, worse: tf.Tensor, sigma: number) => tf.Tensor;

/**
 * Classifier-free guidance: worse + scale (better - worse), so scale 1 is the better estimate alone. (With the scale w of the first
 * paper, better + w (better - worse), say 1 + w.) As the estimates are linear in each other, it is the same on D, noise, v and velocity.
 *
 * @throws DiptychError if scale is not finite
 * @see Ho and Salimans 2022, "Classifier-free diffusion guidance", eq. 6, arXiv:2207.12598
 * @example
 * guided(denoiser(network, diffusion, { label }), denoiser(network, diffusion), cfg(2));
 */
export function cfg(scale: number): GuidanceRule {
  checkFinite('cfg', { scale });
  return (better, worse) => tf.add(worse, tf.mul(scale, tf.sub(better, worse)));
}

/**
 * A denoiser guided away from a worse one: with and without the label (classifier-free guidance), or a good network and a
 * smaller or less trained one (autoguidance).
 *
 * @throws DiptychError if the two are the same function
 * @see Ho and Salimans 2022, arXiv:2207.12598; Karras et al. 2024, "Guiding a diffusion model with a bad version of itself", eq. 3,
 * arXiv:2406.02507
 * @example
 * const denoise = guided(conditional, unconditional, cfg(2));
 */
export function guided(better: Denoise, worse: Denoise, rule: GuidanceRule): Denoise {
  checkFunction('guided', { better, worse, rule });
  check(better !== worse, 'guided', 'worse', 'another denoiser than better (are its labels missing?)', 'the same');
  return (x, sigma) => tf.tidy(() => rule(better(x, sigma), worse(x, sigma), sigma));
}

export interface GuidanceInterval {
  /** Lowest noise level that is guided. */
  sigmaMin: number;
  /** Highest noise level that is guided. */
  sigmaMax: number;
}

/**
 * Guidance in an interval of noise levels only; outside the plain denoiser is called, and nothing else.
 *
 * @throws DiptychError if not 0 <= sigmaMin <= sigmaMax
 * @see Kynkaanniemi et al. 2024, "Applying guidance in a limited interval", eq. 5, arXiv:2404.07724
 * @example
 * guidedWithin(guided(better, worse, cfg(3)), better, { sigmaMin: 0.28, sigmaMax: 2.9 });
 */
export function guidedWithin(inside: Denoise, outside: Denoise, interval: GuidanceInterval): Denoise {
  checkFunction('guidedWithin', { inside, outside });
  const { sigmaMin, sigmaMax } = checkOptions<GuidanceInterval>(
    'guidedWithin',
    interval,
    { sigmaMin: rules.required(rules.nonNegative), sigmaMax: rules.required(rules.number) },
    'interval',
  );
  check(sigmaMin <= sigmaMax, 'guidedWithin', 'sigmaMin', '<= sigmaMax', sigmaMin);
  return (x, sigma) => (sigma >= sigmaMin && sigma <= sigmaMax ? inside(x, sigma) : outside(x, sigma));
}

/**
 * The interval of the steps floor(start N) <= i < floor(stop N) of a grid of N steps.
 *
 * @throws DiptychError if the share holds no step
 * @example
 * intervalOfSteps(karrasSigmas(10), 0.2, 0.8);
 */
export function intervalOfSteps(sigmas: readonly number[], start: number, stop: number): GuidanceInterval {
  checkNumbers('intervalOfSteps', { sigmas });
  checkShare('intervalOfSteps', { start, stop });
  const n = sigmas.length - 1;
  const [first, last] = [Math.floor(start * n), Math.floor(stop * n) - 1];
  check(first >= 0 && first <= last && last < n, 'intervalOfSteps', 'start, stop', 'shares with a step between', [
    start,
    stop,
  ]);
  return { sigmaMin: sigmas[last], sigmaMax: sigmas[first] };
}
