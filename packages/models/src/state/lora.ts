import { check } from '@diptych/formats/errors';
import type { AnyBlock } from '../base/block.ts';
import { Linear, type AdapterOptions } from '../blocks/mlp/linear.ts';

/**
 * Prepares a network for fine-tuning with LoRA: freezes all its weights and gives the linear layers whose dotted name matches
 * a low-rank adapter, y = x W + b + (alpha / rank) x A B. Only the adapters are trained; at first they change nothing.
 *
 * They are weights like others, `mid.attn.qkv.adapterIn` and `.adapterOut`: `stateDict` holds them, `mergeLora` folds them in.
 *
 * @param pattern of the linear layers by dotted name
 * @returns the names of the layers
 * @throws DiptychError if no layer matches, one has an adapter already, or the rank does not fit
 * @see Hu et al. 2021, arXiv:2106.09685, section 4.1
 * @example
 * addLora(network, /\.attn\.(qkv|proj)$/, { rank: 4 });
 */
export function addLora(network: AnyBlock, pattern: RegExp, options: AdapterOptions): string[] {
  const linears = [...network.namedBlocks()].filter(
    ([name, block]) => block instanceof Linear && name.search(pattern) >= 0,
  );
  const names = linears.map(([name]) => name);
  check(names.length > 0, 'addLora', 'pattern', 'that of at least one linear layer', String(pattern));
  const adapted = linears.find(([, linear]) => (linear as Linear).adapted);
  check(!adapted, 'addLora', 'network', 'without adapters on these layers', adapted?.[0]);
  network.setTrainable(/./, false);
  for (const [, linear] of linears) (linear as Linear).adapt(options);
  return names;
}

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
