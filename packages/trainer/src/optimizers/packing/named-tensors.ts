import type { NamedVariables } from '@diptych/core';
import { check, rules } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';

/** Throws unless these are tensors by name. */
export function checkTensors(where: string, parameter: string, tensors: unknown): asserts tensors is tf.NamedTensorMap {
  const named = rules.record.holds(tensors) && Object.values(tensors as object).every(rules.tensor.holds);
  check(named, where, parameter, 'tensors by name', tensors);
}

/** Throws unless these are variables by name. */
export function checkVariables(where: string, variables: unknown): asserts variables is NamedVariables {
  const named =
    rules.record.holds(variables) && Object.values(variables as object).every((value) => value instanceof tf.Variable);
  check(named, where, 'variables', 'variables by name, such as network.trainableVariables()', variables);
}
