import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { thisProcess } from './process-mark.ts';
import { replaceFile } from './replace-file.ts';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diptych-'));
  path = join(folder, 'deep', 'file');
});
afterEach(() => rm(folder, { recursive: true }));

const neighbours = () => readdir(join(folder, 'deep'));

/** Number of a process that has ended. */
async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version']);
  await new Promise((resolve) => child.on('exit', resolve));
  return child.pid!;
}

describe('replaceFile', () => {
  it('lets writers of one name take turns: every file is one of theirs, the last call wins, none fails', async () => {
    for (let round = 0; round < 20; round++) {
      const contents = [1, 2, 3].map((fill) => new Uint8Array(3e6).fill(fill));
      await Promise.all(
        contents.map((content, i) => replaceFile(i === 1 ? join(folder, 'deep/../deep/file') : path, content)),
      );
      expect((await readFile(path)).equals(contents[2])).toBe(true);
    }
    expect(await neighbours()).toEqual(['file']);
  });

  it('makes the content when its turn has come, and writes nothing when that fails; the next has its turn', async () => {
    const order: string[] = [];
    const first = replaceFile(path, async () => {
      order.push('first');
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 'one';
    });
    const failing = replaceFile(path, async () => {
      order.push(await readFile(path, 'utf8'));
      throw new Error('no content');
    });
    const last = replaceFile(path, () => String(order));
    await expect(failing).rejects.toThrow('no content');
    await Promise.all([first, last]);
    expect(await readFile(path, 'utf8')).toBe('first,one');
    expect(await neighbours()).toEqual(['file']);
  });

  it('removes what dead processes of this machine left, and nothing else', async () => {
    const { host, pid, start } = thisProcess();
    const dead = await deadProcess();
    const left = [
      `file.${host}-${dead}-1-00000000.partial`,
      `file.${host}-${pid}-${start + 1}-00000000.partial`,
      `file.${dead}.partial`,
      `file.partial-${dead}`,
    ];
    const kept = [
      `file.${host}-${pid}-${start}-00000000.partial`,
      `file.00000000-${dead}-1-00000000.partial`,
      `file.other.${host}-${dead}-1-00000000.partial`,
      'file.partial',
      `file.${pid}.partial`,
      'file.old',
    ];
    await mkdir(join(folder, 'deep'));
    for (const name of [...left, ...kept]) await writeFile(join(folder, 'deep', name), 'x');
    await replaceFile(path, 'whole');
    const there = await neighbours();
    // Another start of the same process number is only told apart where the system tells starts.
    expect(there.sort()).toEqual([...kept, 'file', ...(start === 0 ? [left[1]] : [])].sort());
  });

  it('takes names as long as the system does', async () => {
    const long = join(folder, 'n'.repeat(250));
    await replaceFile(long, 'whole');
    await replaceFile(join(folder, 'ü'.repeat(120)), 'whole');
    expect(await readFile(long, 'utf8')).toBe('whole');
  });

  it('leaves the old file, and nothing beside it, where the system refuses', async () => {
    await mkdir(path, { recursive: true });
    await expect(replaceFile(path, 'x')).rejects.toThrow();
    expect(await neighbours()).toEqual(['file']);
    await writeFile(join(folder, 'plain'), 'mine');
    await expect(replaceFile(join(folder, 'plain', 'file'), 'x')).rejects.toThrow();
    expect((await readdir(folder)).sort()).toEqual(['deep', 'plain']);
  });
});
