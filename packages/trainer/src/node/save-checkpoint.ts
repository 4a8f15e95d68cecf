import { resolve } from 'node:path';
import { replaceFile } from '@diptych/formats/node';
import { check, checkOptions, checkRule, rules } from '@diptych/formats/errors';
import { checkCheckpoint } from '../checkpoint/check-checkpoint.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { encodeSound } from '../checkpoint/encode-checkpoint.ts';
import { readCheckpointStep } from './read-checkpoint-step.ts';

export interface SaveCheckpointOptions {
  /** Replace whatever the file is now: a later checkpoint, or something else altogether. Default false. */
  overwrite?: boolean;
}

/**
 * Writes a checkpoint to a safetensors file. The name stands for a whole checkpoint at every moment: it is written
 * beside, forced to the disk, and renamed; after a power cut there is the old one or the new one. Two saves under one name take
 * turns in the order of their calls, and what killed processes left beside is removed.
 *
 * A file is never replaced by a worse one: not a later checkpoint by an earlier one, not anything that is no checkpoint, and
 * never by weights that are not finite. Folders on the way are made.
 *
 * @throws DiptychError if the file is not to be replaced or the weights are not finite; errors of the file system as they are.
 * @example
 * for await (const { step } of run) if (step % 1000 === 0) await saveCheckpoint('runs/a/last.safetensors', await run.checkpoint());
 */
export async function saveCheckpoint(
  path: string,
  checkpoint: Checkpoint,
  options: SaveCheckpointOptions = {},
): Promise<void> {
  const where = 'saveCheckpoint';
  checkRule(where, 'path', rules.text, path);
  const { overwrite = false } = checkOptions(where, options, { overwrite: rules.flag });
  checkCheckpoint(where, checkpoint);
  const { step } = checkpoint.state;
  await replaceFile(path, async () => {
    if (!overwrite) {
      const present = await stepIn(resolve(path));
      const replaceable = present === 'absent' || (present !== undefined && present <= step);
      const found = present === undefined ? 'a file of another kind' : `the checkpoint of step ${present}`;
      check(replaceable, where, path, `absent or a checkpoint of step ${step} or before (or overwrite)`, found);
    }
    return encodeSound(checkpoint);
  });
}

async function stepIn(path: string): Promise<number | undefined | 'absent'> {
  try {
    return await readCheckpointStep(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'absent';
    throw error;
  }
}
