import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { check } from '@diptych/formats/errors';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { encodeCheckpoint } from '../checkpoint/encode-checkpoint.ts';
import { readCheckpointStep } from './read-checkpoint-step.ts';

export interface SaveCheckpointOptions {
  /** Replace whatever the file is now: a later checkpoint, or something else altogether. Default false. */
  overwrite?: boolean;
}

/**
 * Writes a checkpoint to a safetensors file. The name stands for a whole checkpoint at every moment: it is written
 * beside, forced to the disk, and renamed; after a power cut there is the old one or the new one.
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
  { overwrite = false }: SaveCheckpointOptions = {},
): Promise<void> {
  const where = 'saveCheckpoint';
  for (const [name, { dtype, data }] of Object.entries(checkpoint.tensors)) {
    const sound = dtype !== 'float32' || data.every(Number.isFinite);
    check(sound, where, `'${name}' of the checkpoint`, 'finite', 'NaN or infinity');
  }
  const target = resolve(path);
  if (!overwrite) {
    const { step } = checkpoint.state;
    const present = await stepIn(target);
    const replaceable = present === 'absent' || (present !== undefined && present <= step);
    const found = present === undefined ? 'a file of another kind' : `the checkpoint of step ${present}`;
    check(replaceable, where, path, `absent or a checkpoint of step ${step} or before (or overwrite)`, found);
  }
  await mkdir(dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}.partial`;
  try {
    const file = await open(partial, 'w');
    try {
      await file.writeFile(encodeCheckpoint(checkpoint));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await syncFolder(dirname(target));
}

async function stepIn(path: string): Promise<number | undefined | 'absent'> {
  try {
    return await readCheckpointStep(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'absent';
    throw error;
  }
}

/** Makes the new name last through a power cut, where the system lets folders be opened. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}
