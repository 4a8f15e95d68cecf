import { check, checkOptions, checkPositive, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Sampler } from '../contracts/sampler.ts';
import { checkSampler } from '../sampling/check-sampler.ts';

/** epsilon of one step of Langevin dynamics, x' = x + epsilon score + sqrt(2 epsilon) n: a number, or a tensor that broadcasts to x. */
export type LangevinStep = (sigma: number, score: tf.Tensor, noise: tf.Tensor) => number | tf.Tensor;

/**
 * epsilon = 2 (snr sigma)^2: the published rule with the norms as they are when x is mostly noise, |n| = sqrt(d) and |score| = sqrt(d)/sigma.
 * A sample depends on nothing but itself, and the dynamics keep the distribution.
 *
 * @throws DiptychError if snr is not finite and > 0
 * @example
 * predictorCorrector(eulerMaruyama(), { stepSize: expectedNorms(0.16) });
 */
export function expectedNorms(snr = 0.16): LangevinStep {
  checkPositive('expectedNorms', { snr });
  return (sigma) => 2 * (snr * sigma) ** 2;
}

/**
 * epsilon = 2 (snr |n|/|score|)^2 with the norms averaged over the batch, as published: a sample then depends on its neighbours.
 *
 * @throws DiptychError if snr is not finite and > 0
 * @see Song et al. 2021, algorithms 4 and 5, arXiv:2011.13456
 * @example
 * predictorCorrector(eulerMaruyama(), { stepSize: measuredNorms(0.16) });
 */
export function measuredNorms(snr = 0.16): LangevinStep {
  checkPositive('measuredNorms', { snr });
  const norm = (of: tf.Tensor) => tf.mean(tf.norm(tf.reshape(of, [of.shape[0], -1]), 2, -1));
  return (_, score, noise) => tf.mul(2, tf.square(tf.mul(snr, tf.div(norm(noise), norm(score)))));
}

export interface PredictorCorrectorOptions {
  /** Steps of the corrector after each step of the predictor. Default 1. */
  steps?: number;
  /** How far the corrector moves. Default `expectedNorms(0.16)`. */
  stepSize?: LangevinStep;
}

/**
 * Predictor-corrector: after each step of any other sampler, steps of Langevin dynamics at the level reached, with the score (D - x)/sigma^2.
 * None at level 0.
 *
 * **Order** weak 1 · **Evaluations** 2 a step · **Memory** none
 *
 * @throws DiptychError if steps is not an integer >= 1, or the predictor is adaptive
 * @see Song et al. 2021, "Score-based generative modeling through SDEs", section 4.2, algorithms 2 to 5, arXiv:2011.13456
 * @example
 * const sampler = predictorCorrector(eulerMaruyama({ schedule: veSchedule() }));
 * sample(sampler, denoise, { sigmas: scheduledSigmas(500, veSchedule(), { to: 0 }), shape, key: key(0) });
 */
export function predictorCorrector<State>(
  predictor: Sampler<State>,
  options: PredictorCorrectorOptions = {},
): Sampler<State> {
  const { steps = 1, stepSize = expectedNorms() } = checkOptions('predictorCorrector', options, {
    steps: rules.count,
    stepSize: rules.callback,
  });
  checkSampler('predictorCorrector', 'predictor', predictor);
  check(!predictor.accept, 'predictorCorrector', 'predictor', 'a sampler that follows the grid', predictor.name);
  return {
    name: `predictorCorrector(${predictor.name})`,
    step(x, denoise, step) {
      const { sigma, sigmaNext, noise } = step;
      const result = predictor.step(x, denoise, step);
      let moved = result.x;
      for (let i = 0; i < steps && sigmaNext > 0; i++) {
        const score = tf.div(tf.sub(denoise(moved, sigmaNext), moved), sigmaNext ** 2);
        const n = noise(sigma, sigmaNext);
        const epsilon = stepSize(sigmaNext, score, n);
        moved = tf.add(moved, tf.add(tf.mul(epsilon, score), tf.mul(tf.sqrt(tf.mul(2, epsilon)), n)));
      }
      return { ...result, x: moved };
    },
  };
}
