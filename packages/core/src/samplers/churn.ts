import { check, checkOptions, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { SamplerStep } from '../contracts/sampler.ts';

export interface ChurnOptions {
  /** S_churn: how much noise is added over the whole grid; 0 is deterministic. Default 0. */
  churn?: number;
  /** S_min: the lowest noise level that is churned. Default 0. */
  churnMin?: number;
  /** S_max: the highest noise level that is churned. Default Infinity. */
  churnMax?: number;
  /** S_noise: standard deviation of the noise added; slightly above 1 counters lost detail. Default 1. */
  churnNoise?: number;
}

/** What holds for them. */
export const churnRules = {
  churn: rules.nonNegative,
  churnMin: rules.nonNegative,
  churnMax: rules.number,
  churnNoise: rules.nonNegative,
} as const;

/**
 * Lines 4 to 6 of algorithm 2 of EDM. With N steps,
 *
 *     gamma = min(S_churn/N, sqrt(2) - 1) if S_min <= sigma <= S_max, else 0
 *     sigma^ = sigma + gamma sigma,   x^ = x + sqrt(sigma^^2 - sigma^2) S_noise n
 */
export function churned(
  where: string,
  options: ChurnOptions,
): (x: tf.Tensor, step: SamplerStep<unknown>) => { xHat: tf.Tensor; sigmaHat: number } {
  const {
    churn = 0,
    churnMin = 0,
    churnMax = Infinity,
    churnNoise = 1,
  } = checkOptions<ChurnOptions>(where, options, churnRules);
  check(churnMax >= churnMin, where, 'churnMax', '>= churnMin', churnMax);
  return (x, { sigma, sigmas, noise }) => {
    const within = sigma >= churnMin && sigma <= churnMax;
    const gamma = within ? Math.min(churn / (sigmas.length - 1), Math.SQRT2 - 1) : 0;
    if (gamma === 0) return { xHat: x, sigmaHat: sigma };
    const sigmaHat = sigma + gamma * sigma;
    const added = Math.sqrt(sigmaHat ** 2 - sigma ** 2) * churnNoise;
    return { xHat: tf.add(x, tf.mul(added, noise(sigmaHat, sigma))), sigmaHat };
  };
}
