import type { AnyBlock } from '../../base/block.ts';
import { Linear } from '../../blocks/mlp/linear.ts';

/**
 * Folds all adapters of `addLora` into the kernels and removes them: the network computes the same with its own weights, which
 * stay frozen (`setTrainable` thaws them).
 *
 * @returns the names of the layers that had an adapter
 * @example
 * mergeLora(network);
 * writeSafetensors(await stateDict(network));
 */
export function mergeLora(network: AnyBlock): string[] {
  const adapted = [...network.namedBlocks()].filter(([, block]) => block instanceof Linear && block.adapted);
  for (const [, linear] of adapted) (linear as Linear).mergeAdapter();
  return adapted.map(([name]) => name);
}
