import { join } from 'node:path';
import { checkRule, rules } from '@diptych/formats/errors';
import { lockFile } from '@diptych/formats/node';

/** A folder that belongs to this run alone. */
export interface FolderLock {
  /** Lets others in; once is enough. */
  release(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Locks the folder of a run, so that a second run started by mistake does not mix its files in: `run.lock` in it says who holds it, and
 * a process that was killed holds nothing. Makes the folder if there is none.
 *
 * @throws DiptychError if another run holds the folder: names its process and what to do; errors of the file system as they are.
 * @example
 * const lock = await lockFolder('runs/a');
 * try { await training(); } finally { await lock.release(); }
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  checkRule('lockFolder', 'folder', rules.text, folder);
  const { release } = await lockFile(join(folder, 'run.lock'), {
    where: 'lockFolder',
    what: folder,
    cure: 'take another folder',
  });
  return { release, [Symbol.asyncDispose]: release };
}
