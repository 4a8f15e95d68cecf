import { checkOptions } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { type ChurnOptions, churned } from './churn.ts';
import type { Denoise } from '../contracts/denoiser.ts';
import type { Sampler, StepResult } from '../contracts/sampler.ts';
import { stochasticRules, type StochasticOptions } from './stochastic-options.ts';
import { addNoise, ancestralStep, lerp } from './step-arithmetic.ts';

export type Dpm2Options = ChurnOptions;
export type Dpm2AncestralOptions = StochasticOptions;

/** The midpoint rule, with the geometric mean of the two noise levels as the middle. */
function midpoint(x: tf.Tensor, denoise: Denoise, from: number, to: number): StepResult<undefined> {
  const denoised = denoise(x, from);
  if (to === 0) return { x: denoised, denoised };
  const middle = Math.sqrt(from * to);
  const half = lerp(denoised, x, middle / from);
  const correction = tf.sub(denoised, denoise(half, middle));
  return { x: tf.add(lerp(denoised, x, to / from), tf.mul((to - from) / middle, correction)), denoised };
}

/**
 * The midpoint rule on dx/dsigma = (x - D)/sigma, its middle at m = sqrt(sigma sigma'); one evaluation in the last step if it ends at
 * 0. (The "DPM2" of image generators; DPM-Solver-2 is `dpmSolverSinglestep`.)
 *
 *     x_m = D + m/sigma (x - D),   x' = D + sigma'/sigma (x - D) + (sigma' - sigma)/m (D - D_m),   D_m = D(x_m; m)
 *
 * which is x' = x + (sigma' - sigma) (x_m - D_m)/m in the form in which nothing cancels in float32 where sigma is large.
 *
 * **Order** 2 · **Evaluations** 2 a step · **Memory** none
 *
 * @throws DiptychError if an option is out of range
 * @see Karras et al. 2022, algorithm 2, with the midpoint rule in place of Heun's, arXiv:2206.00364
 * @example
 * sample(dpm2(), denoise, { sigmas: karrasSigmas(20), shape: [8, 32, 32, 3], key: key(0) });
 */
export function dpm2(options: Dpm2Options = {}): Sampler {
  const churn = churned('dpm2', options);
  return {
    name: 'dpm2',
    step(x, denoise, step) {
      const { xHat, sigmaHat } = churn(x, step);
      return midpoint(xHat, denoise, sigmaHat, step.sigmaNext);
    },
  };
}

/**
 * `dpm2` to a lower noise level than asked for, then noise up to it, as `eulerAncestral`.
 *
 * **Order** weak 1 · **Evaluations** 2 a step · **Memory** none
 *
 * @throws DiptychError if an option is out of range
 * @see Song et al. 2020, eq. 16, for the split of a step, arXiv:2010.02502
 * @example
 * sample(dpm2Ancestral(), denoise, { sigmas: karrasSigmas(25), shape: [8, 32, 32, 3], key: key(0) });
 */
export function dpm2Ancestral(options: Dpm2AncestralOptions = {}): Sampler {
  const { eta = 1, noiseScale = 1 } = checkOptions('dpm2Ancestral', options, stochasticRules);
  return {
    name: 'dpm2Ancestral',
    step(x, denoise, step) {
      const { sigma, sigmaNext } = step;
      const { down, up } = ancestralStep(sigma, sigmaNext, eta);
      const { x: moved, denoised } = midpoint(x, denoise, sigma, down);
      return { x: addNoise(moved, up * noiseScale, step, sigma, sigmaNext), denoised };
    },
  };
}
