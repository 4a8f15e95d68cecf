import { type Key, uniformArray } from '@diptych/core';
import { normalQuantile } from '@diptych/core/numeric';
import * as tf from '@tensorflow/tfjs-core';

/** Kernel [inputs, outputs] drawn from U(-1/sqrt(inputs), 1/sqrt(inputs)), PyTorch's default for a linear layer. */
export function uniformKernel(inputs: number, outputs: number, key: Key): tf.Variable<tf.Rank.R2> {
  const bound = 1 / Math.sqrt(inputs);
  const values = Float32Array.from(uniformArray(key, inputs * outputs), (u) => (2 * u - 1) * bound);
  return tf.tidy(() => tf.variable(tf.tensor2d(values, [inputs, outputs])));
}

/** Kernel [inputs, outputs] drawn from N(0, 0.02^2), the usual one of transformers: 0.02 makes PyTorch's cut at +-2 void. */
export function normalKernel(inputs: number, outputs: number, key: Key): tf.Variable<tf.Rank.R2> {
  const values = Float32Array.from(uniformArray(key, inputs * outputs), (u) => 0.02 * normalQuantile(u));
  return tf.tidy(() => tf.variable(tf.tensor2d(values, [inputs, outputs])));
}
