import { checkOptions } from '@diptych/formats/errors';
import { elementwise } from './elementwise.ts';
import type { Optimizer, OptimizerOptions } from './optimizer.ts';
import { optimizerRules } from './optimizer-rules.ts';
import { checkNesterov, sgdRule, sgdRules } from './rules/sgd-rule.ts';
import type { SgdRuleOptions } from './rules/sgd-rule.ts';
import type { WeightDecay } from './rules/update-rule.ts';
import { coupledDecay, weightDecayRule } from './rules/weight-decay.ts';

/** The learning rate is 1e-2 by default. */
export interface SgdOptions extends OptimizerOptions, SgdRuleOptions {
  /** Added to the gradient, times x. Default 0. */
  weightDecay?: WeightDecay;
}

/**
 * Stochastic gradient descent with momentum.
 *
 *     g <- g + wd x
 *     b <- momentum b + (1 - dampening) g     (the first step: b = g)
 *     x <- x - rate b                         (nesterov: x - rate (g + momentum b))
 *
 * **Memory** one number of state for each weight with momentum, none without.
 *
 * @throws DiptychError if the momentum is outside [0, 1), the weight decay is negative, or Nesterov is used without momentum
 * or with dampening.
 * @see Sutskever et al. 2013, On the importance of initialization and momentum in deep learning, ICML, for Nesterov's form
 * @example
 * const optimizer = sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true });
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const known = { ...optimizerRules, ...sgdRules, weightDecay: weightDecayRule };
  const { learningRate = 1e-2, weightDecay = 0, groups, ...rest } = checkOptions('sgd', options, known);
  checkNesterov('sgd', rest);
  return elementwise(coupledDecay(sgdRule(rest), weightDecay), { name: 'sgd', learningRate, groups });
}
