import { readFile } from 'node:fs/promises';
import { checkRule, describeValue, DiptychError, FormatError, rules } from '@diptych/formats/errors';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { decodeCheckpoint } from '../checkpoint/decode-checkpoint.ts';

/**
 * Reads a checkpoint that `saveCheckpoint` wrote.
 *
 * **Memory** plain arrays.
 *
 * @throws DiptychError if the file is cut short, no safetensors, safetensors but no checkpoint, or not bit for bit what was
 * written, or if a weight or moment is not finite: names the file and what is wrong. Errors of the file system as they are.
 * @example
 * const run = train({ ...options, resume: await loadCheckpoint('runs/a/last.safetensors') });
 */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  checkRule('loadCheckpoint', 'path', rules.text, path);
  const bytes = await readFile(path);
  try {
    return decodeCheckpoint(bytes);
  } catch (error) {
    if (!DiptychError.isInstance(error)) throw error;
    const where = `loadCheckpoint: ${describeValue(path)}`;
    if (FormatError.isInstance(error) && 'sentence' in error.details) {
      throw new FormatError(where, error.details.sentence, { cause: error });
    }
    throw new DiptychError({ ...error.details, where }, { cause: error });
  }
}
