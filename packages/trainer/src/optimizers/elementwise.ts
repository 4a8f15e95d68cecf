import { checkOptions, checkRule } from '@diptych/formats/errors';
import type { Optimizer } from './optimizer.ts';
import { partition, partitionRules } from './partition.ts';
import type { PartitionOptions } from './partition.ts';
import { type UpdateRule, updateRuleRule } from './rules/update-rule.ts';

/**
 * Makes an optimizer of one rule for all weights. A rule of your own is about five lines.
 *
 *     adamW = elementwise(decoupledDecay(adamRule(), 0.01), { name: 'adamW' })
 *
 * **Memory** The state owns its vectors: as many numbers as the weights have, for every slot.
 *
 * @throws DiptychError if a group makes no sense or, from `init`, matches no weight, or a weight decay is negative or not finite.
 * @see `UpdateRule`, `partition`
 * @example
 * const signDescent = elementwise(
 *   { slots: [], settings: {}, update: (g, slots, { rate }) => ({ step: tf.mul(tf.sign(g), rate), slots }) },
 *   { name: 'sign', learningRate: 1e-3 },
 * );
 */
export function elementwise<Slot extends string>(rule: UpdateRule<Slot>, options: PartitionOptions): Optimizer {
  checkRule('elementwise', 'rule', updateRuleRule, rule);
  checkOptions('elementwise', options, partitionRules);
  return partition([{ rule: rule as UpdateRule }], options);
}
