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
 * **Memory** The caller owns the results; what `f` makes is freed, also when it throws.
 *
 * @throws When no gradients are registered in this process, or the scalar depends on none of the variables.
 * @example
 * const { value, gradients } = namedGradients(() => tf.mean(tf.square(network.x)), { x });
 */
export function namedGradients(f: () => tf.Scalar, variables: NamedVariables): NamedGradients {
  const { value, grads } = freeTapeOnError(() => tf.variableGrads(f, Object.values(variables)));
  const gradients: tf.NamedTensorMap = {};
  for (const [name, variable] of Object.entries(variables)) {
    const gradient = grads[variable.name];
    if (gradient) gradients[name] = gradient;
  }
  return { value, gradients };
}

/** When `f` throws, the engine leaves behind the activations it had saved for the backward pass. */
function freeTapeOnError<T>(f: () => T): T {
  try {
    return f();
  } catch (error) {
    const { state } = tf.engine();
    if (state.gradientDepth === 0) {
      for (const node of state.activeTape ?? []) tf.dispose(node.saved ?? []);
      state.activeTape = [];
    }
    throw error;
  }
}
