import { checkOptions, type OptionRules, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { adamSlots, momentRules, moments } from '../adam-moments.ts';
import type { AdamMomentOptions, AdamSlot } from '../adam-moments.ts';
import type { UpdateRule } from './update-rule.ts';

export interface NAdamRuleOptions extends AdamMomentOptions {
  /** How fast the momentum warms up. Default 4e-3. */
  momentumDecay?: number;
}

export const nadamRules: OptionRules<NAdamRuleOptions> = { ...momentRules, momentumDecay: rules.nonNegative };

/**
 * Adam's step with Nesterov momentum that warms up.
 *
 *     mu_t = b1 (1 - 0.5 0.96^(t psi)),  M_t = mu_1 ... mu_t
 *     step = rate ((1 - mu_t) g / (1 - M_t) + mu_{t+1} m / (1 - M_{t+1})) / (sqrt(v / (1 - b2^t)) + eps)
 *
 * @throws DiptychError if a beta is outside [0, 1), or epsilon or the momentum decay is negative.
 * @see Dozat 2016, Incorporating Nesterov Momentum into Adam, algorithm 2, ICLR workshop
 * @example
 * const optimizer = elementwise(decoupledDecay(nadamRule(), 0.01), { name: 'nadamW' });
 */
export function nadamRule(options: NAdamRuleOptions = {}): UpdateRule<AdamSlot> {
  const {
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    momentumDecay = 4e-3,
  } = checkOptions('nadamRule', options, nadamRules);
  const settings = { beta1, beta2, epsilon, momentumDecay };
  const mu = (t: number) => beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay));
  const product = runningProduct(mu);
  return {
    slots: adamSlots,
    settings,
    update(g, slots, { rate, count }) {
      const next = moments(g, slots, settings);
      const root2 = Math.sqrt(1 - beta2 ** count);
      const denominator = tf.add(tf.sqrt(next.secondMoment), epsilon * root2);
      const now = (rate * root2 * (1 - mu(count))) / (1 - product(count));
      const ahead = (rate * root2 * mu(count + 1)) / (1 - product(count) * mu(count + 1));
      const step = tf.div<tf.Tensor1D>(tf.add(tf.mul(g, now), tf.mul(next.firstMoment, ahead)), denominator);
      return { step, slots: next };
    },
  };
}

/** t -> f(1) ... f(t), remembering the last product, as t mostly grows by one. */
function runningProduct(f: (t: number) => number): (t: number) => number {
  let [known, value] = [0, 1];
  return (t) => {
    if (t < known) [known, value] = [0, 1];
    while (known < t) value *= f(++known);
    return value;
  };
}
