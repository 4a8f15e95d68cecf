import { readSafetensors } from '@diptych/formats';
import { check, DiptychError } from '@diptych/formats/errors';
import { checkCheckpoint } from './check-checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkpointFormat, isCheckpointFormat } from './checkpoint-format.ts';
import { checkSums } from './checksums.ts';

/**
 * Reads what `encodeCheckpoint` wrote. Only reads: whether it fits a network is checked when training resumes from it.
 *
 * **Memory** plain arrays, copied out of the bytes.
 *
 * @throws DiptychError if the bytes are no safetensors file, end early, or are safetensors but no checkpoint, if any
 * bit of them is not as it was written, or a weight or moment is not finite.
 * @example
 * const run = train({ ...options, resume: decodeCheckpoint(bytes) });
 */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const where = 'decodeCheckpoint';
  const { tensors, metadata } = readSafetensors(bytes);
  const { format = 'none', state: text = '', crc32 = '' } = metadata;
  const held = Object.keys(tensors).slice(0, 3).join(', ');
  check(
    isCheckpointFormat(format),
    where,
    `format in the metadata (beside tensors ${held}, …)`,
    `'${checkpointFormat}'`,
    format,
  );
  if (format === checkpointFormat) checkSums(where, tensors, text, crc32);
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch (cause) {
    throw new DiptychError(
      { where, parameter: 'state in the metadata', rule: 'JSON', value: text.slice(0, 40) },
      { cause },
    );
  }
  const checkpoint = { tensors, state };
  checkCheckpoint(where, checkpoint);
  return checkpoint;
}
