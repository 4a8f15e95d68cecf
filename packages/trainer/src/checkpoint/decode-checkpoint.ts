import { readSafetensors } from '@diptych/formats';
import { check, DiptychError } from '@diptych/formats/errors';
import type { Checkpoint, CheckpointState } from './checkpoint.ts';
import { checkpointFormat } from './checkpoint-format.ts';

/**
 * Reads what `encodeCheckpoint` wrote. Only reads: whether it fits a network is checked when training resumes from it.
 *
 * **Memory** plain arrays, copied out of the bytes.
 *
 * @throws DiptychError if the bytes are no safetensors file, end early, or are safetensors but no checkpoint.
 * @example
 * const run = train({ ...options, resume: decodeCheckpoint(bytes) });
 */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const where = 'decodeCheckpoint';
  const { tensors, metadata } = readSafetensors(bytes);
  const { format = 'none', state: text = '' } = metadata;
  const held = Object.keys(tensors).slice(0, 3).join(', ');
  check(
    format === checkpointFormat,
    where,
    `format in the metadata (beside tensors ${held}, …)`,
    `'${checkpointFormat}'`,
    format,
  );
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch (cause) {
    throw new DiptychError(
      { where, parameter: 'state in the metadata', rule: 'JSON', value: text.slice(0, 40) },
      { cause },
    );
  }
  checkState(state);
  return { tensors, state };
}

function checkState(state: unknown): asserts state is CheckpointState {
  const { step, updates, batches, images, key, config, metadata, version } = (state ?? {}) as Record<string, unknown>;
  for (const [name, count] of Object.entries({ step, updates, batches, images })) {
    check(
      Number.isSafeInteger(count) && (count as number) >= 0,
      'decodeCheckpoint',
      `state.${name}`,
      'an integer from 0',
      count,
    );
  }
  const words = Array.isArray(key) && key.length === 2 && key.every(Number.isInteger);
  check(words, 'decodeCheckpoint', 'state.key', 'two integers', key);
  for (const [name, value] of Object.entries({ config, metadata })) {
    check(typeof value === 'object' && value !== null, 'decodeCheckpoint', `state.${name}`, 'an object', value);
  }
  check(typeof version === 'string', 'decodeCheckpoint', 'state.version', 'a string', version);
}
