import { checkOptions, type OptionRules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { movingAverage } from '../../ema/moving-average.ts';
import { betaRule } from '../adam-moments.ts';
import type { UpdateRule } from './update-rule.ts';

export interface LionRuleOptions {
  /** Share of the buffer in the direction. Default 0.9. */
  beta1?: number;
  /** Share of the buffer that is kept. Default 0.99. */
  beta2?: number;
}

export const lionRules: OptionRules<LionRuleOptions> = { beta1: betaRule, beta2: betaRule };

/**
 * Evolved sign momentum: every weight moves by the learning rate, up or down.
 *
 *     step = rate sign(b1 m + (1 - b1) g)
 *     m <- b2 m + (1 - b2) g
 *
 * @throws DiptychError if a beta is outside [0, 1).
 * @see Chen et al. 2023, Symbolic Discovery of Optimization Algorithms, program 1, arXiv:2302.06675
 * @example
 * const optimizer = elementwise(decoupledDecay(lionRule(), 0.1), { name: 'lion', learningRate: 1e-4 });
 */
export function lionRule(options: LionRuleOptions = {}): UpdateRule<'momentum'> {
  const { beta1 = 0.9, beta2 = 0.99 } = checkOptions('lionRule', options, lionRules);
  const settings = { beta1, beta2 };
  return {
    slots: ['momentum'],
    settings,
    update: (gradient, { momentum }, { rate }) => ({
      step: tf.mul(tf.sign(movingAverage(momentum, gradient, beta1)), rate),
      slots: { momentum: movingAverage(momentum, gradient, beta2) },
    }),
  };
}
