import * as tf from '@tensorflow/tfjs-core';
import { DiptychError } from '@diptych/formats/errors';
import { matchTensors, numbersOf, type HostTensors } from '@diptych/formats';
import type { NamedVariables } from '@diptych/core';
import { WeightTree } from '../base/weight-tree.ts';
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
  const unbuilt = network instanceof WeightTree && !network.built && network.declared ? network : undefined;
  const weights = unbuilt?.parameterSpecs() ?? network.variables();
  const shapes = Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape]));
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
  const valuesOf = (name: string) =>
    Object.hasOwn(tensors, name) ? Float32Array.from(numbersOf(tensors[name])) : undefined;
  // First values would be drawn to be overwritten.
  if (unbuilt) unbuilt.buildWith(valuesOf);
  else assign(network.variables(), valuesOf);
  return { missing, unexpected };
}

function assign(variables: NamedVariables, valuesOf: (name: string) => Float32Array | undefined): void {
  tf.tidy(() => {
    for (const [name, variable] of Object.entries(variables)) {
      const values = valuesOf(name);
      if (values) variable.assign(tf.tensor(values, variable.shape));
    }
  });
}
