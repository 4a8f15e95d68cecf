import { checkOptions, rules } from '@diptych/formats/errors';
import { type AdamMomentOptions, momentRules } from './adam-moments.ts';
import { isVector } from './decay-matrices.ts';
import type { Optimizer, OptimizerOptions } from './optimizer.ts';
import { optimizerRules } from './optimizer-rules.ts';
import { isLookup, patternRule, type WeightPattern } from './parameter-groups.ts';
import { partition } from './partition.ts';
import { adamRule } from './rules/adam-rule.ts';
import { muonRule, muonRules } from './rules/muon-rule.ts';
import type { MuonRuleOptions } from './rules/muon-rule.ts';
import type { UpdateRule, WeightDecay } from './rules/update-rule.ts';
import { decoupledDecay, weightDecayRule } from './rules/weight-decay.ts';

/** The learning rate is 1e-3 by default. */
export interface MuonOptions extends OptimizerOptions, MuonRuleOptions {
  /** Decoupled, of all weights. Default 0.1. */
  weightDecay?: WeightDecay;
  /**
   * Weights to make orthogonal steps for, of two axes or more. Default: those of two axes that are no positions, tokens or
   * embeddings and belong to no first or last layer by name.
   */
  match?: WeightPattern;
  /** Moments of AdamW for all other weights. Default: beta1 0.9, beta2 0.95, epsilon 1e-8. */
  adamW?: AdamMomentOptions;
}

/** Parts of names of layers that see images or make them. */
const outermost = /^(\w*embed\w*|patch\w*|final\w*|decoder\w*|head|output|logits)$/i;

/**
 * Muon: hidden matrices move along their momentum made orthogonal (`muonRule`), all other weights by AdamW.
 *
 *     matrices: x <- (1 - rate wd) x - rate scale(inputs, outputs) orthogonalize(u)
 *     others:   AdamW
 *
 * With the default `adamScale` both have steps of the same size, so the learning rate and the weight decay are those of
 * AdamW. With `spectralScale`, the original's, matrices want a rate near 0.02 and the others a smaller one:
 * `groups: [{ match: 'bias', learningRateFactor: 0.02 }, …]`.
 *
 * **Memory** one number of state for each weight of the matrices, two for each other. An update costs `iterations` times
 * three matrix products more than AdamW's, with the shorter side of each matrix twice in the product.
 *
 * @throws DiptychError if the momentum or a beta is outside [0, 1), the weight decay or epsilon is negative, the iterations are no
 * positive integer, or `match` takes a vector in.
 * @see Jordan et al. 2024, Muon: An optimizer for hidden layers in neural networks; Liu et al. 2025, Muon is Scalable for LLM
 * Training, arXiv:2502.16982
 * @example
 * train({ ...options, optimizer: muon({ learningRate: 1e-3, weightDecay: 0.1 }) });
 */
export function muon(options: MuonOptions = {}): Optimizer {
  const {
    learningRate = 1e-3,
    weightDecay = 0.1,
    groups,
    match = hiddenMatrices,
    adamW = {},
    ...rest
  } = checkOptions('muon', options, {
    ...optimizerRules,
    ...muonRules,
    weightDecay: weightDecayRule,
    match: patternRule,
    adamW: rules.record,
  });
  checkOptions('muon', adamW, momentRules, 'adamW');
  const matrices = decoupledDecay(muonRule(rest), weightDecay) as UpdateRule;
  const others = decoupledDecay(adamRule({ beta2: 0.95, ...adamW }), weightDecay) as UpdateRule;
  return partition([{ match, rule: matrices }, { rule: others }], { name: 'muon', learningRate, groups });
}

function hiddenMatrices(name: string, shape: readonly number[]): boolean {
  if (shape.length !== 2 || isVector(name, shape) || isLookup(name)) return false;
  return !name.split('.').some((part) => outermost.test(part));
}
