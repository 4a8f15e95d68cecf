import { type OptionRules, type Rule, rules } from '@diptych/formats/errors';
import { learningRateRule } from '../learning-rate/learning-rate.ts';
import type { AdamWOptions } from './adam-w.ts';
import type { OptimizerOptions } from './optimizer.ts';
import { momentRules } from './adam-moments.ts';
import { weightDecayRule } from './rules/weight-decay.ts';

/** What the groups hold is checked by `checkGroups`. */
const groups: Rule = { words: 'an array of groups', holds: Array.isArray };

/** The rules of what every optimizer may be told. */
export const optimizerRules: OptionRules<OptimizerOptions> = { learningRate: learningRateRule, groups };

/** The rules of the options that the Adam family shares. */
export const adamRules: OptionRules<AdamWOptions> = { ...optimizerRules, ...momentRules, weightDecay: weightDecayRule };

/** The rule of the switch between the two kinds of weight decay. */
export const decoupledRules = { decoupled: rules.flag };
