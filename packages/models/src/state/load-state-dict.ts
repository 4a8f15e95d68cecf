import * as tf from '@tensorflow/tfjs-core';
import { DiptychError } from '@diptych/formats/errors';
import { numbersOf, type HostTensors } from '@diptych/formats';
import type { HasVariables } from './state-dict.ts';

/** Options of `loadStateDict`. */
export interface LoadStateDictOptions {
  /** Whether every weight must be given and every tensor must have its weight. Shapes must fit in any case. Default true. */
  strict?: boolean;
}

/** What a lenient load left out. */
export interface LoadedStateDict {
  /** Weights that the tensors do not name; they keep their values. */
  missing: string[];
  /** Tensors that name no weight. */
  unexpected: string[];
}

/**
 * Gives a network the weights of a state dict. All or nothing: on an error no weight has changed.
 *
 * @throws DiptychError that lists all missing, unexpected and wrongly shaped tensors
 * @example
 * loadStateDict(network, readSafetensors(bytes).tensors);
 */
export function loadStateDict(
  network: HasVariables,
  tensors: HostTensors,
  { strict = true }: LoadStateDictOptions = {},
): LoadedStateDict {
  const variables = network.variables();
  const missing = Object.keys(variables).filter((name) => !Object.hasOwn(tensors, name));
  const unexpected = Object.keys(tensors).filter((name) => !Object.hasOwn(variables, name));
  const given = Object.keys(variables).filter((name) => Object.hasOwn(tensors, name));
  const wrong = given.flatMap((name) => {
    const { shape, data } = tensors[name];
    const wanted = variables[name].shape;
    const fits = tf.util.arraysEqual([...shape], wanted) && data.length === variables[name].size;
    return fits ? [] : [`${name} is [${shape}] (${data.length} numbers) instead of [${wanted}]`];
  });
  const faults = [
    ...(strict && missing.length ? [`missing: ${missing.join(', ')}`] : []),
    ...(strict && unexpected.length ? [`unexpected: ${unexpected.join(', ')}`] : []),
    ...(wrong.length ? [`wrongly shaped: ${wrong.join(', ')}`] : []),
  ];
  if (faults.length) {
    const rule = 'the weights of this network by name and shape';
    throw new DiptychError({ where: 'loadStateDict', parameter: 'tensors', rule, value: faults.join('; ') });
  }
  tf.tidy(() => {
    for (const name of given) {
      const values = Float32Array.from(numbersOf(tensors[name]));
      variables[name].assign(tf.tensor(values, variables[name].shape));
    }
  });
  return { missing, unexpected };
}
