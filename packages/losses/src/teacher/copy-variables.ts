import type { NamedVariables } from '@diptych/core';
import * as tf from '@tensorflow/tfjs-core';

/** Variables of their own with the same values, not trainable, under the same names. */
export function copyVariables(variables: NamedVariables): NamedVariables {
  return Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [
      name,
      tf.tidy(() => tf.variable(tf.clone<tf.Tensor>(variable), false)),
    ]),
  );
}
