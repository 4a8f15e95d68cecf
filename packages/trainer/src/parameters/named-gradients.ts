import type { NamedVariables } from '@diptych/core';
import * as tf from '@tensorflow/tfjs-core';

/** A scalar and its derivative by each variable. */
export type NamedGradients = {
  value: tf.Scalar;
  /** By the names of the variables; those that the scalar does not depend on are left out. */
  gradients: tf.NamedTensorMap;
};

/**
 * A scalar and its derivatives under the names of the state dict: `tf.variableGrads`, whose result goes by the engine's
 * own variable names, translated back.
 *
 * **Memory** The caller owns the results; what `f` makes is freed.
 *
 * @throws When no gradients are registered in this process, or the scalar depends on none of the variables.
 * @example
 * const { value, gradients } = namedGradients(() => tf.mean(tf.square(network.x)), { x });
 */
export function namedGradients(f: () => tf.Scalar, variables: NamedVariables): NamedGradients {
  const { value, grads } = tf.variableGrads(f, Object.values(variables));
  const gradients: tf.NamedTensorMap = {};
  for (const [name, variable] of Object.entries(variables)) {
    const gradient = grads[variable.name];
    if (gradient) gradients[name] = gradient;
  }
  return { value, gradients };
}
