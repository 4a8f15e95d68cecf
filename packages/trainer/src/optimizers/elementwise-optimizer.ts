import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { Packing } from '../parameters/packing.ts';
import type { Vectors } from '../parameters/packing.ts';
import type { Rate } from '../schedules/rate.ts';
import type { Optimizer, OptimizerState } from './optimizer.ts';

/** One vector of parameters before an update. */
export interface ElementwiseStep<Slot extends string> {
  parameters: tf.Tensor1D;
  gradient: tf.Tensor1D;
  /** Multiplies the gradient. Only a rule with `takesFactor` is given one. */
  factor?: tf.Scalar;
  /** State of the same length, zeros before the first update. */
  slots: Readonly<Record<Slot, tf.Tensor1D>>;
  rate: number;
  /** Weight decay of these parameters. */
  decay: number;
  /** 1 for the first update. */
  count: number;
}

/** The same vector after it. */
export interface ElementwiseResult<Slot extends string> {
  parameters: tf.Tensor1D;
  slots: Readonly<Record<Slot, tf.Tensor1D>>;
}

/** An optimizer whose rule is the same for every single number. */
export interface ElementwiseRule<Slot extends string> {
  name: string;
  learningRate: Rate;
  settings: Readonly<Record<string, number | boolean | string>>;
  /** Names of the state vectors. */
  slots: readonly Slot[];
  weightDecay?: WeightDecay;
  /** Whether `step` multiplies the gradient by `factor` itself; else that is done before. */
  takesFactor?: boolean;
  /** Runs inside a tidy. */
  step(before: ElementwiseStep<Slot>): ElementwiseResult<Slot>;
}

/** Weight decay of all parameters, or of each by its name and shape: see `decayMatrices`. */
export type WeightDecay = number | ((name: string, shape: readonly number[]) => number);

/**
 * Makes an optimizer of a rule on vectors: packs the parameters, keeps the state, names it for checkpoints. A rule of
 * your own is about ten lines.
 *
 * **Memory** The state owns its vectors: as many numbers as the parameters have, for every slot.
 *
 * @throws DiptychError on a weight decay that is negative or not finite, when `init` meets it.
 * @see Packing
 * @example
 * const signDescent = elementwiseOptimizer({
 *   name: 'sign', learningRate: 1e-3, settings: {}, slots: [],
 *   step: ({ parameters, gradient, rate }) => ({ parameters: tf.sub(parameters, tf.mul(tf.sign(gradient), rate)), slots: {} }),
 * });
 */
export function elementwiseOptimizer<Slot extends string>(rule: ElementwiseRule<Slot>): Optimizer {
  const { name, learningRate, settings, slots, weightDecay = 0, takesFactor = false, step } = rule;
  const decayOf = typeof weightDecay === 'number' ? () => weightDecay : weightDecay;
  return {
    name,
    learningRate,
    settings,
    init(variables): OptimizerState {
      const group = (parameter: string) => {
        const decay = decayOf(parameter, variables[parameter].shape);
        check(Number.isFinite(decay) && decay >= 0, name, `weightDecay of '${parameter}'`, 'finite and >= 0', decay);
        return String(decay);
      };
      const packing = new Packing(variables, { group });
      const zeros = () => packing.vectors.map(({ length }) => tf.keep(tf.zeros([length]) as tf.Tensor1D));
      const state = Object.fromEntries(slots.map((slot) => [slot, zeros()])) as Record<Slot, tf.Tensor1D[]>;
      let count = 0;

      return {
        packing,
        takesFactor: true,
        get count() {
          return count;
        },
        update(gradients, rate, factor) {
          check(Number.isFinite(rate) && rate >= 0, name, 'rate', 'finite and >= 0', rate);
          tf.tidy(() => {
            const packed: Vectors = Array.isArray(gradients) ? gradients : packing.pack(gradients as tf.NamedTensorMap);
            const values = packing.values().map((parameters, i) => {
              const vector = Object.fromEntries(slots.map((slot) => [slot, state[slot][i]])) as Record<
                Slot,
                tf.Tensor1D
              >;
              const decay = Number(packing.vectors[i].group);
              const after = tf.tidy(() => {
                const gradient = factor && !takesFactor ? tf.mul<tf.Tensor1D>(packed[i], factor) : packed[i];
                const left = takesFactor ? factor : undefined;
                const before = { parameters, gradient, factor: left, slots: vector, rate, decay, count: count + 1 };
                const result = step(before);
                // A rule may hand back what it was given; what is kept must be the state's own.
                return [result.parameters, ...slots.map((slot) => tf.clone(result.slots[slot]))];
              });
              slots.forEach((slot, j) => {
                vector[slot].dispose();
                state[slot][i] = tf.keep(after[j + 1] as tf.Tensor1D);
              });
              return after[0] as tf.Tensor1D;
            });
            packing.assign(values);
          });
          count++;
        },
        tensors: () =>
          tf.tidy(() => {
            const named: tf.NamedTensorMap = {};
            for (const slot of slots) {
              for (const [parameter, tensor] of Object.entries(packing.unpack(state[slot])))
                named[`${slot}.${parameter}`] = tensor;
            }
            return named;
          }),
        restore(tensors, restored) {
          check(Number.isInteger(restored) && restored >= 0, name, 'count', 'an integer from 0', restored);
          for (const slot of slots) {
            const rows: Record<string, tf.Tensor> = {};
            for (const parameter of packing.names) {
              const tensor = tensors[`${slot}.${parameter}`];
              check(tensor, name, `tensors['${slot}.${parameter}']`, 'present', tensor);
              rows[parameter] = tensor;
            }
            const vectors = packing.pack(rows).map((vector) => tf.keep(vector));
            state[slot].forEach((vector) => vector.dispose());
            state[slot] = vectors;
          }
          count = restored;
        },
        dispose: () => slots.forEach((slot) => state[slot].forEach((vector) => vector.dispose())),
      };
    },
  };
}
