import { checkOptions } from '@diptych/formats/errors';
import type { FusedOp } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import { adamSlots, momentRules, moments } from '../adam-moments.ts';
import type { AdamMomentOptions, AdamSlot } from '../adam-moments.ts';
import type { UpdateRule } from './update-rule.ts';

/** The op that a backend may have a kernel for: `UpdateRule.kernel` with attributes `beta1`, `beta2`, `epsilon`. */
const op: FusedOp = { name: 'DiptychAdamW' };

/**
 * Adam's step.
 *
 *     m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2
 *     step = rate m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)
 *
 * @throws DiptychError if a beta is outside [0, 1) or epsilon is negative.
 * @see Kingma and Ba 2015, Adam, algorithm 1, arXiv:1412.6980
 * @example
 * const optimizer = elementwise(decoupledDecay(adamRule({ beta2: 0.95 }), 0.1), { name: 'adamW' });
 */
export function adamRule(options: AdamMomentOptions = {}): UpdateRule<AdamSlot> {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = checkOptions('adamRule', options, momentRules);
  const settings = { beta1, beta2, epsilon };
  return {
    slots: adamSlots,
    settings,
    kernel: { op, attributes: settings },
    update(gradient, slots, { rate, count }) {
      const next = moments(gradient, slots, settings);
      // Both bias corrections go into the two scalars: one pass over the vector less for each.
      const root2 = Math.sqrt(1 - beta2 ** count);
      const denominator = tf.add(tf.sqrt(next.secondMoment), epsilon * root2);
      const step = tf.mul<tf.Tensor1D>(tf.div(next.firstMoment, denominator), (rate * root2) / (1 - beta1 ** count));
      return { step, slots: next };
    },
  };
}
