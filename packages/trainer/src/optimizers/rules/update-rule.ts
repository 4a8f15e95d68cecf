import { type Rule, rules } from '@diptych/formats/errors';
import type { FusedOp } from '@diptych/ops';
import type { Tensor1D } from '@tensorflow/tfjs-core';

/** Settings as a checkpoint records them. */
export type OptimizerSettings = Readonly<Record<string, number | boolean | string>>;

/** Weight decay of all weights, or of each by its name and shape: see `decayMatrices`. */
export type WeightDecay = number | ((name: string, shape: readonly number[]) => number);

/** Where an update stands. */
export interface UpdateTime {
  /** Learning rate of these weights now. */
  rate: number;
  /** 1 for the first update. */
  count: number;
  /** Weight decay of these weights: for `decoupledDecay` and `coupledDecay`; other rules leave it alone. */
  decay: number;
  /** The weights before the update, [n]. */
  parameters: Tensor1D;
  /** [n]; of a rule for `whole` weights, the weight's own shape. */
  shape: readonly number[];
}

/** What a rule answers to a gradient. */
export interface Update<Slot extends string = string> {
  /** What is taken off the weights, the learning rate included. */
  step: Tensor1D;
  /** The state afterwards. */
  slots: Readonly<Record<Slot, Tensor1D>>;
  /** What the weights are multiplied by before that. Default 1. */
  keep?: number;
}

/**
 * How an optimizer turns gradients into steps: a pure function on long vectors, the same for every number in them.
 * `elementwise` makes an optimizer of it, `decoupledDecay` and `coupledDecay` add weight decay.
 *
 *     update(g, slots, t) -> { step, slots },  x <- keep x - step
 *
 * **Shapes** g, slots and step [n], float32. **Memory** `update` runs inside a tidy.
 *
 * @example
 * const signRule: UpdateRule<never> = {
 *   slots: [], settings: {},
 *   update: (g, slots, { rate }) => ({ step: tf.mul(tf.sign(g), rate), slots }),
 * };
 * const signDescent = elementwise(decoupledDecay(signRule, 0.1), { name: 'sign' });
 */
export interface UpdateRule<Slot extends string = string> {
  /** Names of the state vectors; each begins with zeros. */
  readonly slots: readonly Slot[];
  /** For the checkpoint: training resumes only with the same. */
  readonly settings: OptimizerSettings;
  /** Set by `decoupledDecay` and `coupledDecay`. */
  readonly weightDecay?: WeightDecay;
  /** True for a rule that takes weights one at a time, as it needs their shapes. */
  readonly whole?: boolean;
  /**
   * An op that a backend may have a kernel for, which does all at once: `update`, decoupled weight decay, the step. Inputs
   * `parameters`, `gradient`, the slots, and optionally `factor` [], which multiplies the gradient; attributes `rate`,
   * `decay`, `count` and those given here; outputs the new parameters and the slots in their order.
   */
  readonly kernel?: { readonly op: FusedOp; readonly attributes: Readonly<Record<string, number>> };
  update(gradient: Tensor1D, slots: Readonly<Record<Slot, Tensor1D>>, time: UpdateTime): Update<Slot>;
}

/** The rule of an update rule. */
export const updateRuleRule: Rule = {
  words: 'an update rule, such as adamRule()',
  holds: (value) => {
    if (!rules.object.holds(value)) return false;
    const { slots, settings, update, kernel } = value as Partial<UpdateRule>;
    const isUpdate = rules.list(rules.text).holds(slots) && rules.callback.holds(update);
    return isUpdate && rules.record.holds(settings) && (kernel === undefined || isKernel(kernel));
  },
};

const isKernel = (value: unknown) => {
  const { op, attributes } = (value ?? {}) as Record<string, unknown>;
  return rules.record.holds(op) && rules.record.holds(attributes);
};
