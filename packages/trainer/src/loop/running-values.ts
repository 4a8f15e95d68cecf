import type { NamedVariables } from '@diptych/core';
import * as tf from '@tensorflow/tfjs-core';

/** Values that can be put back. */
export interface RunningValues {
  restore(): void;
  dispose(): void;
}

/**
 * Remembers variables that a forward pass may change (running statistics), so that a step that is not to count leaves
 * nothing behind. Nothing is copied: the old data is only held.
 */
export function runningValues(variables: NamedVariables): RunningValues {
  const held = Object.values(variables).map((variable) => ({ variable, value: tf.clone<tf.Tensor>(variable) }));
  return {
    restore: () => held.forEach(({ variable, value }) => variable.assign(value)),
    dispose: () => held.forEach(({ value }) => value.dispose()),
  };
}
