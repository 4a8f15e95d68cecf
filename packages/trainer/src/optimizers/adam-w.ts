import { checkOptions } from '@diptych/formats/errors';
import type { AdamMomentOptions } from './adam-moments.ts';
import { elementwise } from './elementwise.ts';
import type { Optimizer, OptimizerOptions } from './optimizer.ts';
import { adamRules } from './optimizer-rules.ts';
import { adamRule } from './rules/adam-rule.ts';
import type { WeightDecay } from './rules/update-rule.ts';
import { decoupledDecay } from './rules/weight-decay.ts';

/** The learning rate is 1e-3 by default. */
export interface AdamWOptions extends OptimizerOptions, AdamMomentOptions {
  /** Decoupled: x shrinks by rate times this. Default 0.01. A function of the name exempts biases and norms: `decayMatrices`. */
  weightDecay?: WeightDecay;
}

/**
 * Adam with decoupled weight decay.
 *
 *     x <- (1 - rate wd) x
 *     m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2
 *     x <- x - rate m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)
 *
 * Weight decay 0 is plain Adam. The rate of one step may be 0; the moments move all the same.
 *
 * **Memory** two numbers of state for each weight.
 *
 * @throws DiptychError if a beta is outside [0, 1), or epsilon or the weight decay is negative.
 * @see Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, algorithm 2, arXiv:1711.05101
 * @example
 * const state = adamW({ weightDecay: 0.05 }).init(network.trainableVariables());
 * state.update(gradients, 2e-4);
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  const { learningRate = 1e-3, weightDecay = 0.01, groups, ...moments } = checkOptions('adamW', options, adamRules);
  return elementwise(decoupledDecay(adamRule(moments), weightDecay), { name: 'adamW', learningRate, groups });
}
