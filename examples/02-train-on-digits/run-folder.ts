import { access, mkdir, readdir, rename } from 'node:fs/promises';
import { constants } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { check } from '@diptych/formats/errors';
import type { Checkpoint } from '@diptych/trainer';
import { loadCheckpoint } from '@diptych/trainer/node';

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

/** The checkpoint to go on from; undefined for a new run. */
export async function checkpointToResume(out: string, resume: boolean): Promise<Checkpoint | undefined> {
  if (!resume) return undefined;
  const path = files(out).checkpoint;
  const there = await exists(path);
  check(
    there,
    'quickstart',
    '--resume',
    'given with an output folder that holds a checkpoint',
    `no checkpoint at ${path}`,
  );
  return loadCheckpoint(path);
}

/** Makes the output folder; a run that is there already moves aside, and its new name is returned. */
export async function openFolder(out: string, resume: boolean): Promise<string | undefined> {
  try {
    const content = await readdir(out).catch((error: NodeJS.ErrnoException): string[] => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    let aside: string | undefined;
    if (content.length > 0 && !resume) {
      const ours = content.includes('train.jsonl') || content.includes('checkpoint.safetensors');
      if (!ours) throw new Error('it holds files that are not of a run');
      aside = await freeName(out);
      await rename(out, aside);
    }
    await makeFolder(resolve(out));
    await access(out, constants.W_OK);
    return aside;
  } catch (error) {
    check(
      false,
      'quickstart',
      '--out',
      'a folder that can be made and written',
      `${out} (${(error as Error).message})`,
    );
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
