import type { NamedVariables } from '@diptych/core';
import { fail } from '@diptych/formats/errors';
import type * as tf from '@tensorflow/tfjs-core';

/** Which training is changing a variable now. */
const owners = new WeakMap<tf.Variable, object>();

/**
 * Gives variables to one training until the function that is returned is called: two that change the same weights in turns would
 * each spoil the moments, averages and checkpoints of the other.
 */
export function claimVariables(owner: object, variables: NamedVariables): () => void {
  const list = Object.entries(variables);
  const taken = list.find(([, variable]) => (owners.get(variable) ?? owner) !== owner);
  if (taken) {
    const cure = 'let that one end, or leave its loop, before this one goes on';
    fail('train', `another training that is going on changes ${taken[0]} too: ${cure}`);
  }
  for (const [, variable] of list) owners.set(variable, owner);
  return () => {
    for (const [, variable] of list) if (owners.get(variable) === owner) owners.delete(variable);
  };
}
