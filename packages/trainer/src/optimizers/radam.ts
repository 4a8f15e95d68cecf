import { checkOptions } from '@diptych/formats/errors';
import type { AdamWOptions } from './adam-w.ts';
import { elementwise } from './elementwise.ts';
import type { Optimizer } from './optimizer.ts';
import { adamRules, decoupledRules } from './optimizer-rules.ts';
import { radamRule } from './rules/radam-rule.ts';
import { coupledDecay, decoupledDecay } from './rules/weight-decay.ts';

/** The weight decay is 0 by default. */
export interface RAdamOptions extends AdamWOptions {
  /** Weight decay as in AdamW instead of in the gradient. Default false. */
  decoupled?: boolean;
}

/**
 * Rectified Adam, which wants no warm-up: `radamRule`.
 *
 * **Memory** two numbers of state for each weight.
 *
 * @throws DiptychError if a beta is outside [0, 1), or epsilon or the weight decay is negative.
 * @see Liu et al. 2020, On the Variance of the Adaptive Learning Rate and Beyond, algorithm 2, arXiv:1908.03265
 * @example
 * const optimizer = radam({ learningRate: 1e-3 });
 */
export function radam(options: RAdamOptions = {}): Optimizer {
  const {
    learningRate = 1e-3,
    weightDecay = 0,
    decoupled = false,
    groups,
    ...moments
  } = checkOptions('radam', options, { ...adamRules, ...decoupledRules });
  const rule = (decoupled ? decoupledDecay : coupledDecay)(radamRule(moments), weightDecay);
  const settings = { ...rule.settings, decoupled };
  return elementwise(rule, { name: 'radam', learningRate, groups, settings });
}
