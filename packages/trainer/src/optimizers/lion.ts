import { checkOptions } from '@diptych/formats/errors';
import { elementwise } from './elementwise.ts';
import type { Optimizer, OptimizerOptions } from './optimizer.ts';
import { optimizerRules } from './optimizer-rules.ts';
import { lionRule, lionRules } from './rules/lion-rule.ts';
import type { LionRuleOptions } from './rules/lion-rule.ts';
import type { WeightDecay } from './rules/update-rule.ts';
import { decoupledDecay, weightDecayRule } from './rules/weight-decay.ts';

/** The learning rate is 1e-4 by default: 3 to 10 times smaller than AdamW's. */
export interface LionOptions extends OptimizerOptions, LionRuleOptions {
  /** Decoupled; 3 to 10 times larger than AdamW's. Default 0. */
  weightDecay?: WeightDecay;
}

/**
 * Evolved sign momentum: every weight moves by the learning rate, up or down.
 *
 *     x <- (1 - rate wd) x - rate sign(b1 m + (1 - b1) g)
 *     m <- b2 m + (1 - b2) g
 *
 * **Memory** one number of state for each weight.
 *
 * @throws DiptychError if a beta is outside [0, 1), or the weight decay is negative.
 * @see Chen et al. 2023, Symbolic Discovery of Optimization Algorithms, program 1, arXiv:2302.06675
 * @example
 * const optimizer = lion({ learningRate: 1e-4, weightDecay: 0.1 });
 */
export function lion(options: LionOptions = {}): Optimizer {
  const known = { ...optimizerRules, ...lionRules, weightDecay: weightDecayRule };
  const { learningRate = 1e-4, weightDecay = 0, groups, ...betas } = checkOptions('lion', options, known);
  return elementwise(decoupledDecay(lionRule(betas), weightDecay), { name: 'lion', learningRate, groups });
}
