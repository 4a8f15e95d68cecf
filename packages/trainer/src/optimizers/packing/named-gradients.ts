import type { NamedVariables } from '@diptych/core';
import { check, checkRule, DiptychError, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkVariables } from './named-tensors.ts';

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
 * @throws DiptychError if there are no variables, or the scalar depends on none of them; when no gradients are registered in this process.
 * @example
 * const { value, gradients } = namedGradients(() => tf.mean(tf.square(network.x)), { x });
 */
export function namedGradients(f: () => tf.Scalar, variables: NamedVariables): NamedGradients {
  checkRule('namedGradients', 'f', rules.callback, f);
  checkVariables('namedGradients', variables);
  const list = Object.values(variables);
  check(list.length > 0, 'namedGradients', 'variables', 'at least one variable to train', variables);
  let value: tf.Scalar;
  let grads: tf.NamedTensorMap;
  try {
    ({ value, grads } = freeTapeOnError(() => tf.variableGrads(() => checkedScalar(f()), list)));
  } catch (cause) {
    if (!String(cause).includes('Cannot find a connection between any variable')) throw cause;
    const names = Object.keys(variables);
    const some = names.length > 3 ? `${names.slice(0, 3).join(', ')}, … ${names.length} in all` : names.join(', ');
    const why = 'compute it from the output of the network; withoutGradient, dataSync and numbers cut the connection';
    throw new DiptychError(
      { where: 'namedGradients', sentence: `the loss depends on none of the weights (${some}): ${why}` },
      { cause },
    );
  }
  const gradients: tf.NamedTensorMap = {};
  for (const [name, variable] of Object.entries(variables)) {
    const gradient = grads[variable.name];
    if (gradient) gradients[name] = gradient;
  }
  return { value, gradients };
}

function checkedScalar(value: unknown): tf.Scalar {
  const isScalar = value instanceof tf.Tensor && value.rank === 0;
  check(isScalar, 'namedGradients', 'what f returns', 'a scalar', value);
  return value as tf.Scalar;
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
