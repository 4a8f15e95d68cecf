import { checkRule, type Rule, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { updateRuleRule, type UpdateRule, type WeightDecay } from './update-rule.ts';

/** A weight decay, or one for every weight. */
export const weightDecayRule: Rule = {
  words: 'a finite number >= 0, or a function of name and shape',
  holds: (value) => rules.nonNegative.holds(value) || rules.callback.holds(value),
};

/**
 * Weight decay beside the step: the weights shrink by the learning rate times it, whatever the gradient.
 *
 *     x <- (1 - rate wd) x - step
 *
 * @throws DiptychError if the weight decay is negative.
 * @see Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, algorithm 2, arXiv:1711.05101
 * @example
 * const adamW = elementwise(decoupledDecay(adamRule(), 0.01), { name: 'adamW' });
 */
export function decoupledDecay<Slot extends string>(
  rule: UpdateRule<Slot>,
  weightDecay: WeightDecay,
): UpdateRule<Slot> {
  checkDecay('decoupledDecay', rule, weightDecay);
  return {
    ...withDecay(rule, weightDecay),
    update(gradient, slots, time) {
      const update = rule.update(gradient, slots, time);
      const { rate, decay } = time;
      return decay === 0 ? update : { ...update, keep: (update.keep ?? 1) * (1 - rate * decay) };
    },
  };
}

/**
 * Weight decay as the gradient of a penalty wd |x|^2 / 2 in the loss: it goes through the rule's moments and scaling.
 *
 *     g <- g + wd x
 *
 * @throws DiptychError if the weight decay is negative.
 * @see Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, algorithm 2, arXiv:1711.05101
 * @example
 * const sgd = elementwise(coupledDecay(sgdRule({ momentum: 0.9 }), 5e-4), { name: 'sgd' });
 */
export function coupledDecay<Slot extends string>(rule: UpdateRule<Slot>, weightDecay: WeightDecay): UpdateRule<Slot> {
  checkDecay('coupledDecay', rule, weightDecay);
  return {
    ...withDecay(rule, weightDecay),
    // The kernel would decay beside the step.
    kernel: undefined,
    update(gradient, slots, time) {
      const { decay, parameters } = time;
      return rule.update(decay === 0 ? gradient : tf.add(gradient, tf.mul(parameters, decay)), slots, time);
    },
  };
}

function checkDecay(where: string, rule: unknown, weightDecay: unknown): void {
  checkRule(where, 'rule', updateRuleRule, rule);
  checkRule(where, 'weightDecay', weightDecayRule, weightDecay);
}

/** A function can only be recorded as being one. */
function withDecay<Slot extends string>(rule: UpdateRule<Slot>, weightDecay: WeightDecay): UpdateRule<Slot> {
  const recorded = typeof weightDecay === 'number' ? weightDecay : 'by name';
  return { ...rule, weightDecay, settings: { ...rule.settings, weightDecay: recorded } };
}
