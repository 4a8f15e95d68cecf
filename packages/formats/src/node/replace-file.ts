import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { inTurn } from './in-turn.ts';
import { isGone, thisProcess, type ProcessMark } from './process-mark.ts';

/** What a file is to hold, or a function that makes it when the file's turn has come; what it throws leaves the file as it was. */
export type FileContent = Uint8Array | string | (() => Uint8Array | string | Promise<Uint8Array | string>);

/**
 * Writes a file so that its name stands for a whole one at every moment: beside it first, forced to the disk, renamed. After
 * a power cut there is the old file or the new one. Folders on the way are made.
 *
 * Writers of one name do not mix: those of a process take turns, and each has a neighbour of its own, called
 * `<name>.<process and chance>.partial`. Neighbours that killed processes of this machine left behind are removed.
 *
 * @throws errors of the file system as they are; nothing is left behind then, and the old file is as it was
 * @example
 * await replaceFile('runs/a/report.html', html);
 */
export async function replaceFile(path: string, content: FileContent): Promise<void> {
  const target = resolve(path);
  await inTurn(target, async () => {
    const bytes = typeof content === 'function' ? await content() : content;
    await mkdir(dirname(target), { recursive: true });
    await removeLeftovers(target);
    await replaceNow(target, bytes);
  });
}

async function replaceNow(target: string, bytes: Uint8Array | string): Promise<void> {
  const folder = dirname(target);
  const partial = join(folder, partialName(basename(target)));
  try {
    const file = await open(partial, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw naming(error, target);
  }
  await syncFolder(folder);
}

/** Errors of writing do not say of which file. */
function naming(error: unknown, path: string): unknown {
  const { syscall, path: named } = error as NodeJS.ErrnoException;
  if (error instanceof Error && syscall && !named) {
    error.message += ` '${path}'`;
    Object.assign(error, { path });
  }
  return error;
}

/** What a file or folder is called until it is whole: a name that no other writer has. */
export function partialName(name: string): string {
  const { host, pid, start } = thisProcess();
  return `${stemOf(name)}.${host}-${pid}-${start}-${randomBytes(4).toString('hex')}.partial`;
}

/** Names of files end at 255 bytes. */
const stemOf = (name: string) => (Buffer.byteLength(name) > 180 ? name.slice(0, 60) : name);

/** Removes unfinished neighbours of this file or folder whose makers are gone. */
export async function removeLeftovers(path: string): Promise<void> {
  const [folder, stem] = [dirname(path), stemOf(basename(path))];
  for (const file of await readdir(folder)) {
    const maker = file.startsWith(`${stem}.`) ? makerOf(file.slice(stem.length + 1)) : undefined;
    // Another process may be quicker.
    if (maker && isGone(maker)) await rm(join(folder, file), { recursive: true, force: true }).catch(() => {});
  }
}

function makerOf(ending: string): ProcessMark | undefined {
  const [, host, pid, start] = /^([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{8}\.partial$/.exec(ending) ?? [];
  if (host) return { host, pid: Number(pid), start: Number(start) };
  // Of versions that gave the number of the process alone.
  const [, before, after] = /^(?:(\d+)\.partial|partial-(\d+))$/.exec(ending) ?? [];
  return before || after ? { host: thisProcess().host, pid: Number(before ?? after), start: 0 } : undefined;
}

/** Makes the new name last through a power cut, where the system lets folders be opened. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}
