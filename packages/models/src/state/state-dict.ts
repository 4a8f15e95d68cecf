import type { NamedVariables } from '@diptych/core';
import type { HostTensor } from '@diptych/formats';

/** Anything with named weights: a network, or a block of one. */
export interface HasVariables {
  variables(): NamedVariables;
}

/**
 * Copies all weights to the host, by their dotted names and in their order.
 *
 * **Memory** copies; no tensor is made.
 *
 * @example
 * const bytes = writeSafetensors(await stateDict(network));
 */
export async function stateDict(network: HasVariables): Promise<Record<string, HostTensor>> {
  const reads = Object.entries(network.variables()).map(async ([name, variable]) => {
    const data = Float32Array.from(await variable.data());
    return [name, { shape: [...variable.shape], dtype: 'float32', data }] as const;
  });
  return Object.fromEntries(await Promise.all(reads));
}
