import { checkOptions } from '@diptych/formats/errors';
import type { AdamWOptions } from './adam-w.ts';
import { elementwise } from './elementwise.ts';
import type { Optimizer } from './optimizer.ts';
import { adamRules } from './optimizer-rules.ts';
import { adamRule } from './rules/adam-rule.ts';
import { coupledDecay } from './rules/weight-decay.ts';

/** As for AdamW, but the weight decay is 0 by default and is added to the gradient. */
export type AdamOptions = AdamWOptions;

/**
 * Adam, with the penalty of an L2 loss as weight decay.
 *
 *     g <- g + wd x
 *     m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2
 *     x <- x - rate m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)
 *
 * **Memory** two numbers of state for each weight.
 *
 * @throws DiptychError if a beta is outside [0, 1), or epsilon or the weight decay is negative.
 * @see Kingma and Ba 2015, Adam, algorithm 1, arXiv:1412.6980. With weight decay `adamW` is usually the better choice.
 * @example
 * const optimizer = adam({ learningRate: 2e-4 });
 */
export function adam(options: AdamOptions = {}): Optimizer {
  const { learningRate = 1e-3, weightDecay = 0, groups, ...moments } = checkOptions('adam', options, adamRules);
  return elementwise(coupledDecay(adamRule(moments), weightDecay), { name: 'adam', learningRate, groups });
}
