import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { WeightDecay } from './elementwise-optimizer.ts';

/** old + (1 - beta) (value - old): a moving average that keeps a constant exactly. */
export function towards(old: tf.Tensor1D, value: tf.Tensor1D, beta: number): tf.Tensor1D {
  return tf.add(old, tf.mul(tf.sub(value, old), 1 - beta));
}

/** Settings that the Adam family shares. */
export function checkMoments(
  where: string,
  { beta1, beta2, epsilon }: Record<'beta1' | 'beta2' | 'epsilon', number>,
): void {
  check(beta1 >= 0 && beta1 < 1, where, 'options.beta1', 'in [0, 1)', beta1);
  check(beta2 >= 0 && beta2 < 1, where, 'options.beta2', 'in [0, 1)', beta2);
  check(epsilon >= 0 && Number.isFinite(epsilon), where, 'options.epsilon', 'finite and >= 0', epsilon);
}

/** Weight decay as a checkpoint records it; a function only as being one (its groups are compared by their own). */
export function describeDecay(decay: WeightDecay): number | string {
  return typeof decay === 'number' ? decay : 'by name';
}
