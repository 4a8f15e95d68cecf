import * as tf from '@tensorflow/tfjs-core';
import { DiptychError } from '@diptych/formats/errors';
import { matchTensors, numbersOf, type HostTensors } from '@diptych/formats';
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
  const shapes = Object.fromEntries(Object.entries(variables).map(([name, { shape }]) => [name, shape]));
  const { missing, unexpected, misshapen } = matchTensors(tensors, shapes);
  const faults = [
    ...(strict && missing.length ? [`missing: ${missing.join(', ')}`] : []),
    ...(strict && unexpected.length ? [`unexpected: ${unexpected.join(', ')}`] : []),
    ...(misshapen.length ? [`wrongly shaped: ${misshapen.join(', ')}`] : []),
  ];
  if (faults.length) {
    const rule = 'the weights of this network by name and shape';
    throw new DiptychError({ where: 'loadStateDict', parameter: 'tensors', rule, value: faults.join('; ') });
  }
  tf.tidy(() => {
    for (const name of Object.keys(variables)) {
      if (!Object.hasOwn(tensors, name)) continue;
      const values = Float32Array.from(numbersOf(tensors[name]));
      variables[name].assign(tf.tensor(values, variables[name].shape));
    }
  });
  return { missing, unexpected };
}
