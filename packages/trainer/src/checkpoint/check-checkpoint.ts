import { check, checkRule, type Rule, rules } from '@diptych/formats/errors';
import type { HostTensor, HostTensors } from '@diptych/formats';
import type { Checkpoint, CheckpointState } from './checkpoint.ts';

/** Throws unless a training could go on from these numbers: counters that count, weights and moments that are finite. */
export function checkCheckpoint(
  where: string,
  checkpoint: { readonly tensors: HostTensors; readonly state: unknown },
): asserts checkpoint is Checkpoint {
  checkRule(where, 'checkpoint', rules.record, checkpoint);
  const { tensors, state } = checkpoint;
  checkState(where, state);
  checkRule(where, 'tensors of the checkpoint', rules.record, tensors);
  for (const [name, tensor] of Object.entries(tensors)) {
    checkRule(where, `'${name}' of the checkpoint`, hostTensorRule, tensor);
    if (tensor.dtype !== 'float32') continue;
    const values = tensor.data;
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

const hostTensorRule: Rule = {
  words: 'a tensor of plain numbers: { dtype, shape, data }',
  holds: (value) => {
    if (!rules.record.holds(value)) return false;
    const { dtype, shape, data } = value as Partial<HostTensor>;
    return rules.text.holds(dtype) && rules.list(rules.index).holds(shape) && ArrayBuffer.isView(data);
  },
};

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
