import type { NamedVariables } from '@diptych/core';
import { check, checkRule, checkShare } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkTensors, checkVariables } from '../optimizers/packing/named-tensors.ts';
import { Packing } from '../optimizers/packing/packing.ts';
import { decayRule, type EmaDecay } from './decays.ts';
import { movingAverage } from './moving-average.ts';

/** A running average of weights. Owns its tensors until `dispose`. */
export interface EmaState {
  /**
   * The average by the names of the variables, for `denoiser(network, diffusion, { weights })`. Owned by the state: valid
   * until the next `update`, `restore` or `dispose`.
   */
  tensors(): tf.NamedTensorMap;
  /** Moves the average towards the variables' values now. */
  update(step: number): void;
  /** Takes over other values. They stay the caller's. */
  restore(tensors: tf.NamedTensorMap): void;
  dispose(): void;
}

/** Exponential moving average of weights, as a value: it holds no tensors until `init`. */
export interface Ema {
  init(variables: NamedVariables): EmaState;
}

/**
 * Exponential moving average of weights: samples of averaged weights are better than those of the last ones.
 *
 *     average <- average + (1 - decay) (weights - average)
 *
 * It begins as a copy of the weights. The decay is a number or a function of the 0-based step (`powerWarmupDecay`,
 * `halfLifeDecay`, `powerDecay`); nothing about it changes in between. Integer variables are copied.
 *
 * **Memory** one more number for each parameter.
 *
 * @throws DiptychError if a decay is outside [0, 1], when it is met.
 * @see Polyak and Juditsky, Acceleration of Stochastic Approximation by Averaging, 1992.
 * @example
 * const average = ema(0.999).init(network.variables());
 * average.update(step);
 */
export function ema(decay: EmaDecay): Ema {
  checkRule('ema', 'decay', decayRule, decay);
  return {
    init(variables) {
      checkVariables('ema', variables);
      const entries = Object.entries(variables);
      const floats = Object.fromEntries(entries.filter(([, variable]) => variable.dtype === 'float32'));
      const others = Object.fromEntries(entries.filter(([, variable]) => variable.dtype !== 'float32'));
      const packing = new Packing(floats);
      let vectors = packing.values().map((vector) => tf.keep(vector));
      let copies = cloneAll(others);
      let named: tf.NamedTensorMap | undefined;

      function replace(next: readonly tf.Tensor1D[], nextCopies: tf.NamedTensorMap): void {
        tf.dispose([vectors, copies, named ?? []]);
        [vectors, copies, named] = [next.map((vector) => tf.keep(vector)), nextCopies, undefined];
      }

      return {
        tensors() {
          if (!named) {
            const parts = packing.unpack(vectors);
            // In the order of the variables, whatever their types.
            named = {};
            for (const name of Object.keys(variables)) named[name] = tf.keep(parts[name] ?? tf.clone(copies[name]));
          }
          return named;
        },
        update(step) {
          const now = typeof decay === 'number' ? decay : decay(step);
          checkDecay(now);
          if (now === 1) return;
          tf.tidy(() => {
            const values = packing.values();
            const blend = (average: tf.Tensor1D, i: number) => movingAverage(average, values[i], now);
            replace(now === 0 ? values : vectors.map(blend), cloneAll(others));
          });
        },
        restore(tensors) {
          checkTensors('ema', 'tensors', tensors);
          tf.tidy(() => {
            for (const name of Object.keys(variables))
              check(tensors[name], 'ema', `tensors['${name}']`, 'present', undefined);
            const restored = Object.keys(others).map((name) => [name, tf.keep(tf.clone(tensors[name]))]);
            replace(packing.pack(tensors), Object.fromEntries(restored) as tf.NamedTensorMap);
          });
        },
        dispose: () => tf.dispose([vectors, copies, named ?? []]),
      };
    },
  };
}

function checkDecay(decay: number): void {
  checkShare('ema', { decay });
}

function cloneAll(variables: NamedVariables): tf.NamedTensorMap {
  return Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [name, tf.keep(tf.clone<tf.Tensor>(variable))]),
  );
}
