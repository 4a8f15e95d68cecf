import { uniforms } from '@diptych/core';
import type { Key } from '@diptych/core';
import * as tf from '@tensorflow/tfjs-core';

/** Kernel [inputs, outputs] drawn from U(-1/sqrt(inputs), 1/sqrt(inputs)), PyTorch's default for a linear layer. */
export function uniformKernel(inputs: number, outputs: number, key: Key): tf.Variable<tf.Rank.R2> {
  const bound = 1 / Math.sqrt(inputs);
  const values = Float32Array.from(uniforms(key, inputs * outputs), (u) => (2 * u - 1) * bound);
  return tf.tidy(() => tf.variable(tf.tensor2d(values, [inputs, outputs])));
}
