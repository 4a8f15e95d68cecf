import * as tf from '@tensorflow/tfjs-core';

/** Sum of tensors with numbers as weights; what weighs nothing is left out. */
export function mix(...parts: readonly (readonly [number, tf.Tensor])[]): tf.Tensor {
  const terms = parts
    .filter(([weight]) => weight !== 0)
    .map(([weight, of]) => (weight === 1 ? of : tf.mul(weight, of)));
  return terms.length > 0 ? terms.reduce((sum, term) => tf.add(sum, term)) : tf.zerosLike(parts[0]![1]);
}
