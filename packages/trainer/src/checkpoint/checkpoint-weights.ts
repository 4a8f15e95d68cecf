import type { HostTensors } from '@diptych/formats';
import { check, checkRule, rules } from '@diptych/formats/errors';
import { checkState } from './check-checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';

/** Which weights of a checkpoint: those that were trained, the only average, or one of several averages. */
export type WeightsOf = 'network' | 'ema' | `ema.${string}`;

/**
 * The weights of the network out of a checkpoint, under the names of `network.variables()`: a state dict for
 * `loadStateDict`. By default the running average if there is one, else the trained weights.
 *
 * **Memory** plain arrays, shared with the checkpoint.
 *
 * @throws DiptychError if the checkpoint has no such weights; says which it has.
 * @example
 * loadStateDict(network, checkpointWeights(await loadCheckpoint('runs/a/checkpoint.safetensors')));
 */
export function checkpointWeights(checkpoint: Checkpoint, of?: WeightsOf): HostTensors {
  checkRule('checkpointWeights', 'checkpoint', rules.record, checkpoint);
  checkState('checkpointWeights', checkpoint.state);
  checkRule('checkpointWeights', 'tensors of the checkpoint', rules.record, checkpoint.tensors);
  if (of !== undefined) checkRule('checkpointWeights', 'of', rules.text, of);
  const averages = Object.keys(checkpoint.state.config.ema ?? {}).map((name) => `ema.${name}`);
  const kinds = ['network', ...averages];
  const only = of === 'ema' && averages.length === 1;
  const wanted = only ? averages[0] : (of ?? averages[0] ?? 'network');
  check(kinds.includes(wanted), 'checkpointWeights', 'of', `one of ${kinds.join(', ')}`, of);
  const inside = Object.entries(checkpoint.tensors).filter(([name]) => name.startsWith(`${wanted}.`));
  return Object.fromEntries(inside.map(([name, tensor]) => [name.slice(wanted.length + 1), tensor]));
}
