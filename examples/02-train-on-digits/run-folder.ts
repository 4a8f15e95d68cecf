import { access, mkdir, readdir, rename } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { check } from '@diptych/ops';
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
  const there = await access(path).then(
    () => true,
    () => false,
  );
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
    const content = await readdir(out).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    let aside: string | undefined;
    if (content.length > 0 && !resume) {
      aside = await freeName(out);
      await rename(out, aside);
    }
    await mkdir(out, { recursive: true });
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

async function freeName(out: string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = `${out.replace(/[\\/]+$/, '')}.${number}`;
    if (
      await access(name).then(
        () => false,
        () => true,
      )
    )
      return name;
  }
}
