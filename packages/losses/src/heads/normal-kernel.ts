import { uniforms } from '@diptych/core';
import { normalQuantile } from '@diptych/core/numeric';
import type { Key } from '@diptych/core';
import * as tf from '@tensorflow/tfjs-core';

/** Kernel [inputs, outputs] drawn from N(0, 0.02^2), the usual one of transformers: 0.02 makes PyTorch's cut at +-2 void. */
export function normalKernel(inputs: number, outputs: number, key: Key): tf.Variable<tf.Rank.R2> {
  const values = Float32Array.from(uniforms(key, inputs * outputs), (u) => 0.02 * normalQuantile(u));
  return tf.tidy(() => tf.variable(tf.tensor2d(values, [inputs, outputs])));
}
