import { check } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkCheckpoint, checkState } from './check-checkpoint.ts';
import type { Checkpoint, JsonValue } from './checkpoint.ts';
import { differences } from './differences.ts';

/** A training that is about to take a checkpoint over. */
export interface Resuming {
  /** Its tensors, for names, shapes and types. */
  tensors: tf.NamedTensorMap;
  config: Readonly<Record<string, JsonValue>>;
  /** Dotted names of the configuration that may differ. */
  allowChanges: readonly string[];
}

/** Throws unless the checkpoint is one of this training: says which setting or tensor is the first that does not fit. */
export function checkResumable(checkpoint: Checkpoint, { tensors, config, allowChanges }: Resuming): void {
  const where = 'train';
  const { tensors: saved, state } = checkpoint;
  checkState(where, state);
  for (const { path, saved: was, now } of differences({ key: [...state.key], ...state.config }, config)) {
    const accepted = allowChanges.some((name) => path === name || path.startsWith(`${name}.`));
    const rule = `${JSON.stringify(was)}, as in the checkpoint (or listed in allowChanges)`;
    check(accepted, where, path, rule, JSON.stringify(now));
  }
  const rule = 'a checkpoint of this training';
  const missing = Object.keys(tensors).filter((name) => !Object.hasOwn(saved, name));
  check(missing.length === 0, where, 'resume', rule, `one without ${some(missing)}`);
  const foreign = Object.keys(saved).filter((name) => !Object.hasOwn(tensors, name));
  check(foreign.length === 0, where, 'resume', rule, `one with ${some(foreign)}`);
  for (const [name, { shape, dtype, size }] of Object.entries(tensors)) {
    const { shape: savedShape, dtype: savedType, data } = saved[name];
    const fits = dtype === savedType && tf.util.arraysEqual(shape, [...savedShape]) && data.length === size;
    const found = `${savedType} of shape [${savedShape}]`;
    check(fits, where, `'${name}' of resume`, `${dtype} of shape [${shape}]`, found);
  }
  checkCheckpoint(where, checkpoint);
}

function some(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}
