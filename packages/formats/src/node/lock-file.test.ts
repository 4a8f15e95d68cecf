import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFile } from './lock-file.ts';
import { thisProcess } from './process-mark.ts';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diptych-'));
  path = join(folder, 'runs', 'run.lock');
});
afterEach(() => rm(folder, { recursive: true }));

const lock = () => lockFile(path, { where: 'lockFolder', what: 'runs/a', cure: 'take another folder' });
const held = (more: object) => JSON.stringify({ ...thisProcess(), hostname: 'here', ...more });

/** A process that waits until it is killed. */
async function withProcess(use: (child: ChildProcess) => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log(1)']);
  const ended = new Promise((resolve) => child.on('exit', resolve));
  try {
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    await use(child);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

describe('lockFile', () => {
  it('lets one in at a time, and leaves no file behind', async () => {
    const first = await lock();
    await expect(lock()).rejects.toThrow(
      'lockFolder: runs/a is in use by this very process: close what holds it first, or take another folder',
    );
    await first.release();
    await first.release();
    const second = await lock();
    await first.release(); // no longer its own
    await expect(lock()).rejects.toThrow(/in use/);
    await second.release();
    expect(await readdir(join(folder, 'runs'))).toEqual([]);
  });

  it('lets exactly one of many in, also when all find the lock of a dead process', async () => {
    for (let round = 0; round < 20; round++) {
      await rm(join(folder, 'runs'), { recursive: true, force: true });
      if (round % 2) {
        await (await lock()).release();
        await writeFile(path, held({ pid: 2 ** 30 }));
      }
      const tries = await Promise.allSettled(Array.from({ length: 8 }, lock));
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await readdir(join(folder, 'runs'))).toEqual(['run.lock']);
      for (const attempt of tries) if (attempt.status === 'fulfilled') await attempt.value.release();
    }
  });

  it('names the process that holds it and the cure, and takes over when that has been killed', async () => {
    let pid = 0;
    await (await lock()).release();
    await withProcess(async (child) => {
      pid = child.pid!;
      await writeFile(path, held({ pid, start: 0 }));
      const message = `lockFolder: runs/a is in use by process ${pid}: wait for it, stop it (kill ${pid}), or take another folder`;
      await expect(lock()).rejects.toThrow(message);
    });
    const taken = await lock();
    expect(await readFile(path, 'utf8')).toContain(`"pid":${process.pid}`);
    await taken.release();
  });

  it('removes what a process left that was killed while it took the lock', async () => {
    await (await lock()).release();
    const { host } = thisProcess();
    await writeFile(`${path}.${host}-${2 ** 30}-5-0123abcd.partial`, 'x');
    await (await lock()).release();
    expect(await readdir(join(folder, 'runs'))).toEqual([]);
  });

  it.runIf(thisProcess().start > 0)('takes over from a process whose number another one has now', async () => {
    await (await lock()).release();
    await writeFile(path, held({ start: thisProcess().start + 1 }));
    await (await lock()).release();
  });

  it('leaves the lock of another machine and one that it cannot read, and says which file to remove', async () => {
    await (await lock()).release();
    await writeFile(path, held({ host: '00000000', hostname: 'gpu\u001b1', pid: 7 }));
    await expect(lock()).rejects.toThrow(
      `runs/a is in use by process 7 on gpu\\u001b1: wait for it, take another folder, or, if that process is gone, remove ${path}`,
    );
    for (const text of ['', 'x', 'null', '{"pid":"1"}']) {
      await writeFile(path, text);
      await expect(lock()).rejects.toThrow(`does not say by whom: take another folder, or remove ${path}`);
      expect(await readFile(path, 'utf8')).toBe(text);
    }
  });
});
