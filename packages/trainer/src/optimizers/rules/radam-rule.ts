import { checkOptions } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { adamSlots, momentRules, moments } from '../adam-moments.ts';
import type { AdamMomentOptions, AdamSlot } from '../adam-moments.ts';
import type { UpdateRule } from './update-rule.ts';

/**
 * Rectified Adam: momentum alone until the second moment can be trusted, then Adam's step scaled by the rectification r.
 *
 *     rho_inf = 2 / (1 - b2) - 1,  rho_t = rho_inf - 2 t b2^t / (1 - b2^t)
 *     rho_t <= 5:  step = rate m / (1 - b1^t)
 *     else:        step = rate r m / (1 - b1^t) sqrt(1 - b2^t) / (sqrt(v) + eps)
 *     r = sqrt((rho_t - 4)(rho_t - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho_t))
 *
 * Epsilon is added before the bias correction of v, as PyTorch does.
 *
 * @throws DiptychError if a beta is outside [0, 1) or epsilon is negative.
 * @see Liu et al. 2020, On the Variance of the Adaptive Learning Rate and Beyond, algorithm 2, arXiv:1908.03265
 * @example
 * const optimizer = elementwise(decoupledDecay(radamRule(), 0.01), { name: 'radamW' });
 */
export function radamRule(options: AdamMomentOptions = {}): UpdateRule<AdamSlot> {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = checkOptions('radamRule', options, momentRules);
  const settings = { beta1, beta2, epsilon };
  const rhoInf = 2 / (1 - beta2) - 1;
  return {
    slots: adamSlots,
    settings,
    update(gradient, slots, { rate, count }) {
      const next = moments(gradient, slots, settings);
      const correction2 = 1 - beta2 ** count;
      const rho = rhoInf - (2 * count * beta2 ** count) / correction2;
      const momentumRate = rate / (1 - beta1 ** count);
      if (rho <= 5) return { step: tf.mul(next.firstMoment, momentumRate), slots: next };
      const r = Math.sqrt(((rho - 4) * (rho - 2) * rhoInf) / ((rhoInf - 4) * (rhoInf - 2) * rho));
      const adaptive = tf.div<tf.Tensor1D>(next.firstMoment, tf.add(tf.sqrt(next.secondMoment), epsilon));
      return { step: tf.mul(adaptive, momentumRate * r * Math.sqrt(correction2)), slots: next };
    },
  };
}
