import { check } from '@diptych/formats/errors';
import type { Checkpoint, CheckpointState } from './checkpoint.ts';

/** Throws unless a training could go on from these numbers: counters that count, weights and moments that are finite. */
export function checkCheckpoint(where: string, { tensors, state }: Checkpoint): void {
  checkState(where, state);
  for (const [name, { dtype, data }] of Object.entries(tensors)) {
    if (dtype !== 'float32') continue;
    const values = data as Float32Array;
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) continue;
    const all = values.reduce((count, value) => count + (Number.isFinite(value) ? 0 : 1), 0);
    const rule = 'finite (go on from an earlier checkpoint)';
    check(
      false,
      where,
      `'${name}' of the checkpoint`,
      rule,
      `${values[bad]} at ${bad}, ${all} of ${values.length} in all`,
    );
  }
}

/** Throws unless this is the state of a training, whatever its tensors are. */
export function checkState(where: string, state: unknown): asserts state is CheckpointState {
  const { step, updates, batches, images, key, config, metadata, version } = (state ?? {}) as Record<string, unknown>;
  for (const [name, count] of Object.entries({ step, updates, batches, images })) {
    check(Number.isSafeInteger(count) && (count as number) >= 0, where, `state.${name}`, 'an integer from 0', count);
  }
  const words = Array.isArray(key) && key.length === 2 && key.every(Number.isInteger);
  check(words, where, 'state.key', 'two integers', key);
  for (const [name, value] of Object.entries({ config, metadata })) {
    check(typeof value === 'object' && value !== null, where, `state.${name}`, 'an object', value);
  }
  check(typeof version === 'string', where, 'state.version', 'a string', version);
}
