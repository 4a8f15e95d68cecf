import { readFile } from 'node:fs/promises';
import { DiptychError } from '@diptych/formats/errors';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { decodeCheckpoint } from '../checkpoint/decode-checkpoint.ts';

/**
 * Reads a checkpoint that `saveCheckpoint` wrote.
 *
 * **Memory** plain arrays.
 *
 * @throws DiptychError if the file is cut short, no safetensors, or safetensors but no checkpoint: names the file and
 * what is missing. Errors of the file system as they are.
 * @example
 * const run = train({ ...options, resume: await loadCheckpoint('runs/a/last.safetensors') });
 */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  const bytes = await readFile(path);
  try {
    return decodeCheckpoint(bytes);
  } catch (error) {
    if (!DiptychError.isInstance(error)) throw error;
    throw new DiptychError({ ...error.details, where: `loadCheckpoint: '${path}'` }, { cause: error });
  }
}
