import { check, checkNonNegative, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { SamplerStep } from '../contracts/sampler.ts';

/**
 * Sum of tensors with numbers as weights; a term of weight 0 is left out.
 *
 * **Shapes** all alike. **Memory** what the sum needs on the way is for a tidy around it; a single part of weight 1 is given back itself.
 *
 * @example
 * const midpoint = linearCombination([0.5, a], [0.5, b]);
 */
export function linearCombination<T extends tf.Tensor>(...parts: readonly (readonly [number, T])[]): T {
  checkParts(parts);
  const terms = parts
    .filter(([weight]) => weight !== 0)
    .map(([weight, of]): T => (weight === 1 ? of : tf.mul<T>(weight, of)));
  return terms.length > 0 ? terms.reduce((sum, term) => tf.add<T>(sum, term)) : tf.zerosLike(parts[0][1]);
}

/** from + share (to - from): exactly `from` at share 0, and well-rounded near it. */
export const lerp = (from: tf.Tensor, to: tf.Tensor, share: number): tf.Tensor =>
  share === 0 ? from : tf.add(from, tf.mul(share, tf.sub(to, from)));

/** The derivative of the probability-flow ODE, dx/dsigma = (x - D)/sigma. */
export const derivative = (x: tf.Tensor, denoised: tf.Tensor, sigma: number): tf.Tensor =>
  tf.div(tf.sub(x, denoised), sigma);

/** The noise e in x = D + sigma e. It is `derivative`, scaled before the difference: x may be near the end of float32's range. */
export const noiseEstimate = (x: tf.Tensor, denoised: tf.Tensor, sigma: number): tf.Tensor =>
  linearCombination([1 / sigma, x], [-1 / sigma, denoised]);

/** x + std n, with noise for the interval; draws none where there is none to add. */
export const addNoise = (
  x: tf.Tensor,
  std: number,
  { noise }: SamplerStep<unknown>,
  from: number,
  to: number,
): tf.Tensor => (std > 0 ? tf.add(x, tf.mul(std, noise(from, to))) : x);

/**
 * How a stochastic step from one noise level to another is split: down to `down` on the ODE, then up by noise of standard
 * deviation `up`, so that down^2 + up^2 = to^2:
 *
 *     up = min(to, eta sqrt(to^2 (from^2 - to^2)/from^2)),   down = sqrt(to^2 - up^2)
 *
 * eta 0 is the ODE; eta 1 is the posterior of the forward process: DDPM ("fixed small") and DDIM with eta 1.
 *
 * @throws DiptychError if eta is negative or not finite
 * @see Song et al. 2020, eq. 16, in variance-exploding coordinates, arXiv:2010.02502
 * @example
 * const { down, up } = ancestralStep(2, 1, 1);
 */
export function ancestralStep(from: number, to: number, eta = 1): { down: number; up: number } {
  checkNonNegative('ancestralStep', { from, to, eta });
  // Without noise a step may also go up (`encode`).
  const up = eta === 0 ? 0 : Math.min(to, eta * to * Math.sqrt(1 - (to / from) ** 2));
  return { down: Math.sqrt(to ** 2 - up ** 2), up };
}

/** Looked at without an error's words, for it is asked in every step. */
function checkParts(parts: readonly (readonly [number, tf.Tensor])[]): void {
  const isPart = (part: unknown) => Array.isArray(part) && typeof part[0] === 'number' && rules.tensor.holds(part[1]);
  check(parts.length > 0 && parts.every(isPart), 'linearCombination', 'parts', 'pairs [weight, tensor]', parts);
}
