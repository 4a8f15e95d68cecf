import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { constants } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { check, fail } from '@diptych/formats/errors';
import type { Checkpoint } from '@diptych/trainer';
import { loadCheckpoint, lockFolder } from '@diptych/trainer/node';

/** The files of a run. */
export const files = (out: string) => ({
  checkpoint: join(out, 'checkpoint.safetensors'),
  log: join(out, 'train.jsonl'),
  samples: join(out, 'samples.png'),
  loss: join(out, 'loss.svg'),
  probe: join(out, 'probe.svg'),
  metrics: join(out, 'metrics.json'),
  report: join(out, 'report.html'),
});

/** The output folder of a run, for this run alone until it is disposed. */
export interface RunFolder extends AsyncDisposable {
  /** To go on from; undefined for a new run. */
  readonly checkpoint: Checkpoint | undefined;
  /** Makes the folder; an earlier run that is there moves aside, and its new name is returned. */
  begin(): Promise<string | undefined>;
}

/** Looks at the folder and locks it if it is there; nothing else changes before `begin`. */
export async function openFolder(out: string, resume: boolean): Promise<RunFolder> {
  const content = await atOut(out, () => contentOf(out));
  if (resume) {
    const found = `no checkpoint at ${files(out).checkpoint}`;
    const there = content.includes('checkpoint.safetensors');
    check(there, 'quickstart', '--resume', 'given with an output folder that holds a checkpoint', found);
  }
  let lock = content.length > 0 ? await lockFolder(out) : undefined;
  const release = async () => void (await lock?.release());
  try {
    return {
      checkpoint: resume ? await loadCheckpoint(files(out).checkpoint) : undefined,
      async begin() {
        let aside: string | undefined;
        await atOut(out, async () => {
          if (lock && !resume) {
            aside = await freeName(out);
            await rename(out, aside);
            await rm(join(aside, 'run.lock'));
            lock = undefined;
          }
          await makeFolder(resolve(out));
          await access(out, constants.W_OK);
        });
        lock ??= await lockFolder(out);
        return aside;
      },
      [Symbol.asyncDispose]: release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** What is in the folder but for a lock; throws if it is of something else than a run. */
async function contentOf(out: string): Promise<string[]> {
  const names = await readdir(out).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const content = names.filter((name) => name !== 'run.lock');
  const ours = content.includes('train.jsonl') || content.includes('checkpoint.safetensors');
  if (content.length > 0 && !ours) throw new Error('it holds files that are not of a run');
  return content;
}

/** Says of a system that refuses that the output folder is to blame. */
async function atOut<T>(out: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const found = `${out} (${(error as Error).message})`;
    return fail('quickstart', `--out must be a folder that can be made and written, got ${found}`, { cause: error });
  }
}

/** Folder by folder: a recursive mkdir does not come back from file systems that refuse it with ENOENT, such as /proc. */
async function makeFolder(path: string): Promise<void> {
  if (await exists(path)) return;
  await makeFolder(dirname(path));
  await mkdir(path);
}

async function freeName(out: string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = `${out.replace(/[\\/]+$/, '')}.${number}`;
    if (!(await exists(name))) return name;
  }
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
