import { fusedAll } from '@diptych/ops';
import { check, checkOptions, checkRule, type OptionRules, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { Optimizer, OptimizerOptions, OptimizerState } from './optimizer.ts';
import { Packing } from './packing/packing.ts';
import type { Vectors } from './packing/packing.ts';
import { optimizerRules } from './optimizer-rules.ts';
import { checkVariables } from './packing/named-tensors.ts';
import { checkGroups, describeGroups, groupSettings, matchesWeight, patternRule } from './parameter-groups.ts';
import type { WeightPattern } from './parameter-groups.ts';
import { updateRuleRule, type OptimizerSettings, type UpdateRule, type UpdateTime } from './rules/update-rule.ts';

/** A rule and the weights that it is for. */
export interface Part {
  /** Default: all weights that no part before it has taken. */
  match?: WeightPattern;
  rule: UpdateRule;
}

export interface PartitionOptions extends OptimizerOptions {
  /** What checkpoints call the optimizer. */
  name: string;
  /** What checkpoints record of it. Default: the settings of the rules, those of later parts after `<i>.`. */
  settings?: OptimizerSettings;
}

const partRules: OptionRules<Part> = { match: patternRule, rule: rules.required(updateRuleRule) };

export const partitionRules: OptionRules<PartitionOptions> = {
  ...optimizerRules,
  name: rules.required(rules.text),
  settings: rules.record,
};

/** One vector of weights, or one weight, with all that its update needs. */
interface Packed {
  rule: UpdateRule;
  /** Multiplies the learning rate. */
  factor: number;
  decay: number;
  shape: readonly number[];
  slots: Record<string, tf.Tensor1D>;
}

/**
 * Makes an optimizer of several rules: every weight goes by the first part that matches it. Packs the weights, keeps the
 * state, names it for checkpoints.
 *
 *     x <- keep x - step,  (step, keep) = rule(g)
 *
 * **Memory** The state owns its vectors: as many numbers as the weights of a part, for every slot of its rule.
 *
 * @throws DiptychError if a group makes no sense or, from `init`, matches no weight, if a weight belongs to no part, or a
 * weight decay is negative or not finite.
 * @see `elementwise` for one rule, `Packing`
 * @example
 * const optimizer = partition(
 *   [{ match: 'mlp.*', rule: decoupledDecay(lionRule(), 0.1) }, { rule: decoupledDecay(adamRule(), 0.01) }],
 *   { name: 'mixed', learningRate: 1e-4 },
 * );
 */
export function partition(parts: readonly Part[], options: PartitionOptions): Optimizer {
  checkRule('partition', 'parts', rules.list(rules.object), parts);
  parts.forEach((part, i) => checkOptions('partition', part, partRules, `parts[${i}]`));
  const known = checkOptions('partition', options, partitionRules);
  const { name, learningRate = 1e-3, groups = [], settings = settingsOf(parts) } = known;
  checkGroups(name, groups);
  return {
    name,
    learningRate,
    settings: groups.length > 0 ? { ...settings, groups: describeGroups(groups) } : settings,
    init(variables): OptimizerState {
      checkVariables(name, variables);
      const said = groupSettings(name, groups, variables);
      const trained = Object.fromEntries(Object.entries(variables).filter(([of]) => !said[of].frozen));
      check(Object.keys(trained).length > 0, name, 'groups', 'such that a weight is left to train', 'all frozen');

      const plans = Object.fromEntries(
        Object.entries(trained).map(([of, { shape }]) => {
          const part = parts.findIndex(({ match }) => match === undefined || matchesWeight(match, of, shape));
          check(part >= 0, name, 'parts', `such that one matches '${of}'`, parts.length);
          const { rule } = parts[part];
          const decay = said[of].weightDecay ?? decayOf(rule, of, shape);
          check(Number.isFinite(decay) && decay >= 0, name, `weightDecay of '${of}'`, 'finite and >= 0', decay);
          const factor = said[of].learningRateFactor ?? 1;
          return [of, { rule, decay, factor, key: [part, decay, factor, rule.whole ? of : ''].join() }];
        }),
      );
      const packing = new Packing(trained, { group: (of) => plans[of].key });
      const packed = packing.vectors.map(({ names: [first], length }): Packed => {
        const { rule, decay, factor } = plans[first];
        const zeros = (slot: string) => [slot, tf.keep(tf.zeros([length]))] as [string, tf.Tensor1D];
        const shape = rule.whole ? trained[first].shape : [length];
        return { rule, decay, factor, shape, slots: Object.fromEntries(rule.slots.map(zeros)) };
      });
      return new PackedState(name, packing, packed);
    },
  };
}

/** The state of an optimizer whose weights lie in long vectors. */
class PackedState implements OptimizerState {
  readonly takesFactor = true;
  readonly packing: Packing;
  readonly #name: string;
  readonly #packed: readonly Packed[];
  #count = 0;

  constructor(name: string, packing: Packing, packed: readonly Packed[]) {
    this.#name = name;
    this.packing = packing;
    this.#packed = packed;
  }

  get count(): number {
    return this.#count;
  }

  update(gradients: tf.NamedTensorMap | Vectors, rate: number, factor?: tf.Scalar): void {
    check(Number.isFinite(rate) && rate >= 0, this.#name, 'rate', 'finite and >= 0', rate);
    const { packing } = this;
    const count = this.#count + 1;
    tf.tidy(() => {
      const vectors = Array.isArray(gradients) ? (gradients as Vectors) : packing.pack(gradients as tf.NamedTensorMap);
      const values = packing.values().map((parameters, i) => {
        const of = this.#packed[i];
        const { decay, shape } = of;
        const time = { rate: rate * of.factor, count, decay, parameters, shape };
        // A rule may hand back what it was given; what is kept must be the state's own.
        const [next, ...slots] = tf.tidy(() =>
          updated(of, vectors[i], factor, time).map((tensor, j) => (j === 0 ? tensor : tf.clone(tensor))),
        );
        of.rule.slots.forEach((slot, j) => {
          of.slots[slot].dispose();
          of.slots[slot] = tf.keep(slots[j]);
        });
        return next;
      });
      packing.assign(values);
    });
    this.#count = count;
  }

  tensors(): tf.NamedTensorMap {
    return tf.tidy(() => {
      const named: tf.NamedTensorMap = {};
      for (const slot of new Set(this.#packed.flatMap(({ rule }) => rule.slots))) {
        const of = this.#packed.map(({ slots }, i) => slots[slot] && this.packing.unpackVector(i, slots[slot]));
        const pieces: tf.NamedTensorMap = Object.assign({}, ...of);
        for (const name of this.packing.names) if (pieces[name]) named[`${slot}.${name}`] = pieces[name];
      }
      return named;
    });
  }

  restore(tensors: tf.NamedTensorMap, count: number): void {
    check(Number.isInteger(count) && count >= 0, this.#name, 'count', 'an integer from 0', count);
    this.#packed.forEach((of, i) => {
      for (const slot of of.rule.slots) {
        const rows: tf.NamedTensorMap = {};
        for (const name of this.packing.vectors[i].names) {
          const tensor = tensors[`${slot}.${name}`];
          check(tensor, this.#name, `tensors['${slot}.${name}']`, 'present', tensor);
          rows[name] = tensor;
        }
        const vector = tf.keep(this.packing.packVector(i, rows));
        of.slots[slot].dispose();
        of.slots[slot] = vector;
      }
    });
    this.#count = count;
  }

  dispose(): void {
    for (const { slots } of this.#packed) tf.dispose(slots);
  }
}

/** The parameters and the slots after one update, by the kernel of the rule where there is one. Runs inside a tidy. */
function updated(
  { rule, slots }: Packed,
  gradient: tf.Tensor1D,
  factor: tf.Scalar | undefined,
  time: UpdateTime,
): tf.Tensor1D[] {
  const { parameters, rate, decay, count } = time;
  const composed = () => {
    const slope = factor ? tf.mul<tf.Tensor1D>(gradient, factor) : gradient;
    const { step, slots: next, keep = 1 } = rule.update(slope, slots, time);
    const kept = keep === 1 ? parameters : tf.mul<tf.Tensor1D>(parameters, keep);
    return [tf.sub<tf.Tensor1D>(kept, step), ...rule.slots.map((slot) => next[slot])];
  };
  if (!rule.kernel) return composed();
  const { op, attributes } = rule.kernel;
  const inputs = { parameters, gradient, ...slots, ...(factor && { factor }) };
  return fusedAll(op, inputs, { rate, decay, ...attributes, count }, composed) as tf.Tensor1D[];
}

function decayOf({ weightDecay = 0 }: UpdateRule, name: string, shape: readonly number[]): number {
  return typeof weightDecay === 'number' ? weightDecay : weightDecay(name, shape);
}

function settingsOf(parts: readonly Part[]): OptimizerSettings {
  const entries = parts.flatMap(({ rule }, i) =>
    Object.entries(rule.settings).map(([name, value]) => [i === 0 ? name : `${i}.${name}`, value]),
  );
  return Object.fromEntries(entries) as OptimizerSettings;
}
