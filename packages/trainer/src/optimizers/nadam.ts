import { checkOptions } from '@diptych/formats/errors';
import type { AdamWOptions } from './adam-w.ts';
import { elementwise } from './elementwise.ts';
import type { Optimizer } from './optimizer.ts';
import { adamRules, decoupledRules } from './optimizer-rules.ts';
import { nadamRule, nadamRules } from './rules/nadam-rule.ts';
import type { NAdamRuleOptions } from './rules/nadam-rule.ts';
import { coupledDecay, decoupledDecay } from './rules/weight-decay.ts';

/** The learning rate is 2e-3 and the weight decay 0 by default. */
export interface NAdamOptions extends AdamWOptions, NAdamRuleOptions {
  /** Weight decay as in AdamW instead of in the gradient. Default false. */
  decoupled?: boolean;
}

/**
 * Adam with Nesterov momentum that warms up: `nadamRule`.
 *
 * **Memory** two numbers of state for each weight.
 *
 * @throws DiptychError if a beta is outside [0, 1), or epsilon, the momentum decay or the weight decay is negative.
 * @see Dozat 2016, Incorporating Nesterov Momentum into Adam, algorithm 2, ICLR workshop
 * @example
 * const optimizer = nadam({ learningRate: 2e-3 });
 */
export function nadam(options: NAdamOptions = {}): Optimizer {
  const {
    learningRate = 2e-3,
    weightDecay = 0,
    decoupled = false,
    groups,
    ...rest
  } = checkOptions('nadam', options, { ...adamRules, ...nadamRules, ...decoupledRules });
  const rule = (decoupled ? decoupledDecay : coupledDecay)(nadamRule(rest), weightDecay);
  const settings = { ...rule.settings, decoupled };
  return elementwise(rule, { name: 'nadam', learningRate, groups, settings });
}
