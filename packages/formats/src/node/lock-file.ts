import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fail } from '../errors/index.ts';
import { isGone, thisProcess, type ProcessMark } from './process-mark.ts';
import { partialName, removeLeftovers } from './replace-file.ts';

/** A lock that is held. */
export interface FileLock {
  /** Path of the lock file. */
  readonly path: string;
  /** Gives the lock back; once is enough. */
  release(): Promise<void>;
}

/** What the error of a lock says. */
export interface LockFileOptions {
  /** Public function that takes the lock. */
  where: string;
  /** What is locked, as a user knows it. */
  what: string;
  /** What else the user may do: "take another folder". */
  cure: string;
}

interface Holder extends ProcessMark {
  readonly hostname: string;
}

/**
 * Takes a lock, a file that says which process on which machine holds it. The lock of a process that runs no more is taken over;
 * of a process on another machine nothing is known, so its lock stays.
 *
 * @throws DiptychError if another process, or this one, holds the lock: says which, and the cure; errors of the file system as they are
 * @example
 * const lock = await lockFile('runs/a/run.lock', { where: 'lockFolder', what: 'runs/a', cure: 'take another folder' });
 * await lock.release();
 */
export async function lockFile(path: string, options: LockFileOptions): Promise<FileLock> {
  const target = resolve(path);
  await mkdir(dirname(target), { recursive: true });
  await removeLeftovers(target);
  const holder: Holder & { mark: string } = {
    ...thisProcess(),
    hostname: hostname(),
    mark: randomBytes(8).toString('hex'),
  };
  const text = JSON.stringify(holder);
  while (!(await place(target, text))) {
    const found = await readFile(target, 'utf8').catch(ifAbsent);
    if (found === undefined) continue;
    const other = holderIn(found);
    if (!other || !isGone(other)) refuse(path, other, options);
    await removeStale(target, found);
  }
  return {
    path,
    async release() {
      // Only ours: after a takeover by hand it is another's.
      if ((await readFile(target, 'utf8').catch(ifAbsent)) === text) await rm(target, { force: true });
    },
  };
}

/** Makes the file with its whole content, or says that it is there already. */
async function place(target: string, text: string): Promise<boolean> {
  const beside = besideOf(target);
  try {
    await writeFile(beside, text, { flag: 'wx' });
    await link(beside, target);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK'].includes(code!)) throw error;
    return await create(target, text);
  } finally {
    await rm(beside, { force: true }).catch(() => {});
  }
}

/** For file systems without links. */
async function create(target: string, text: string): Promise<boolean> {
  const file = await open(target, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    throw error;
  });
  await file?.writeFile(text);
  await file?.close();
  return file !== undefined;
}

/** Takes a stale lock away, unless another process has put its own there meanwhile. */
async function removeStale(target: string, stale: string): Promise<void> {
  const beside = besideOf(target);
  try {
    await rename(target, beside);
    if ((await readFile(beside, 'utf8')) !== stale) await link(beside, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    await rm(beside, { force: true }).catch(() => {});
  }
}

const besideOf = (target: string) => join(dirname(target), partialName(basename(target)));

function ifAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function holderIn(text: string): Holder | undefined {
  try {
    const found = JSON.parse(text) as Partial<Holder> | null;
    const sound = typeof found?.host === 'string' && Number.isSafeInteger(found.pid) && Number.isFinite(found.start);
    return sound ? (found as Holder) : undefined;
  } catch {
    return undefined;
  }
}

function refuse(path: string, holder: Holder | undefined, { where, what, cure }: LockFileOptions): never {
  const here = thisProcess();
  const remove = `remove ${path} if nothing uses it any more`;
  if (!holder) fail(where, `${what} is locked by a file that does not say by whom: ${cure}, or ${remove}`);
  if (holder.host !== here.host) {
    const by = `process ${holder.pid} on ${holder.hostname}`;
    fail(where, `${what} is in use by ${by}: wait for it, ${cure}, or, if that process is gone, remove ${path}`);
  }
  if (holder.pid === here.pid)
    fail(where, `${what} is in use by this very process: close what holds it first, or ${cure}`);
  fail(where, `${what} is in use by process ${holder.pid}: wait for it, stop it (kill ${holder.pid}), or ${cure}`);
}
