import { check, checkOptions, type OptionRules, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { betaRule } from '../adam-moments.ts';
import type { UpdateRule } from './update-rule.ts';

export interface SgdRuleOptions {
  /** Share of the buffer kept at each step. Default 0: no buffer. */
  momentum?: number;
  /** Share of the gradient kept out of the buffer, from the second step on. Default 0. */
  dampening?: number;
  /** Looks one step ahead. Default false. */
  nesterov?: boolean;
}

export const sgdRules: OptionRules<SgdRuleOptions> = {
  momentum: betaRule,
  dampening: rules.share,
  nesterov: rules.flag,
};

/** Checks what the options of a step have to do with each other. */
export function checkNesterov(where: string, options: SgdRuleOptions): void {
  const { momentum = 0, dampening = 0, nesterov = false } = options;
  const lookahead = !nesterov || (momentum > 0 && dampening === 0);
  check(lookahead, where, 'nesterov', 'used with momentum and without dampening', { momentum, dampening });
}

/**
 * The step of stochastic gradient descent with momentum.
 *
 *     b <- momentum b + (1 - dampening) g     (the first step: b = g)
 *     step = rate b                           (nesterov: rate (g + momentum b))
 *
 * @throws DiptychError if the momentum is outside [0, 1), or Nesterov is used without momentum or with dampening.
 * @see Sutskever et al. 2013, On the importance of initialization and momentum in deep learning, ICML, for Nesterov's form
 * @example
 * const optimizer = elementwise(decoupledDecay(sgdRule({ momentum: 0.9 }), 0.01), { name: 'sgdW' });
 */
export function sgdRule(options: SgdRuleOptions = {}): UpdateRule<'momentum'> {
  const { momentum = 0, dampening = 0, nesterov = false } = checkOptions('sgdRule', options, sgdRules);
  checkNesterov('sgdRule', options);
  return {
    slots: momentum > 0 ? ['momentum'] : [],
    settings: { momentum, dampening, nesterov },
    update(g, slots, { rate, count }) {
      if (momentum === 0) return { step: tf.mul(g, rate), slots };
      const later = () => tf.add<tf.Tensor1D>(tf.mul(slots.momentum, momentum), tf.mul(g, 1 - dampening));
      const buffer = count === 1 ? g : later();
      const direction = nesterov ? tf.add<tf.Tensor1D>(g, tf.mul(buffer, momentum)) : buffer;
      return { step: tf.mul(direction, rate), slots: { momentum: buffer } };
    },
  };
}
