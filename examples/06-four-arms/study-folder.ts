import { access, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { saveBytes } from '@diptych/data/node';
import { check } from '@diptych/formats/errors';
import type { Checkpoint } from '@diptych/trainer';
import { type FolderLock, loadCheckpoint, lockFolder, saveCheckpoint } from '@diptych/trainer/node';
import type { ArmResult } from './run-arm.ts';

const where = 'four-arms';

/** Makes the folder of a study, or takes one that is there already, and locks it; refuses a folder that holds anything else. */
export async function openStudy(out: string): Promise<FolderLock> {
  const rule = 'a folder that can be made and written, and holds nothing but a study';
  try {
    await mkdir(out, { recursive: true });
  } catch (error) {
    check(false, where, '--out', rule, `${out} (${(error as Error).message})`);
  }
  const content = await readdir(out);
  const ours = content.every((name) => /\.seed-\d+\.|^(results|table|report|objective)[-.]|^run\.lock$/.test(name));
  check(ours, where, '--out', rule, content.slice(0, 3).join(', '));
  return lockFolder(out);
}

/** The result of a finished run; undefined if there is none. */
export async function finished(
  out: string,
  run: Pick<ArmResult, 'arm' | 'seed' | 'steps' | 'samples' | 'images' | 'backend'>,
): Promise<ArmResult | undefined> {
  const path = resultPath(out, run);
  if (!(await exists(path))) return undefined;
  const result = JSON.parse(await readFile(path, 'utf8')) as ArmResult;
  for (const option of ['steps', 'samples', 'images', 'backend'] as const) {
    const rule = `as in the run that ${path} keeps, ${result[option]} (or take another --out)`;
    check(result[option] === run[option], where, `--${option}`, rule, run[option]);
  }
  return result;
}

/** Keeps a finished run, whole or not at all. */
export async function keep(out: string, result: ArmResult, png: Uint8Array): Promise<void> {
  await saveBytes(sheetPath(out, result), png);
  await saveBytes(resultPath(out, result), JSON.stringify(result, null, 2) + '\n');
  await rm(checkpointPath(out, result), { force: true });
}

/** Where the training of a run was cut; undefined if it never began. */
export async function cutAt(out: string, run: Pick<ArmResult, 'arm' | 'seed'>): Promise<Checkpoint | undefined> {
  const path = checkpointPath(out, run);
  return (await exists(path)) ? loadCheckpoint(path) : undefined;
}

/** Keeps what to go on from, whole or not at all. */
export const keepCheckpoint = (out: string, run: Pick<ArmResult, 'arm' | 'seed'>, checkpoint: Checkpoint) =>
  saveCheckpoint(checkpointPath(out, run), checkpoint);

export const sheetOf = (out: string, run: Pick<ArmResult, 'arm' | 'seed'>): Promise<Uint8Array> =>
  readFile(sheetPath(out, run));

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
const checkpointPath = (out: string, { arm, seed }: Pick<ArmResult, 'arm' | 'seed'>) =>
  join(out, `${arm}.seed-${seed}.safetensors`);
const resultPath = (out: string, { arm, seed }: Pick<ArmResult, 'arm' | 'seed'>) =>
  join(out, `${arm}.seed-${seed}.json`);
const sheetPath = (out: string, { arm, seed }: Pick<ArmResult, 'arm' | 'seed'>) => join(out, `${arm}.seed-${seed}.png`);
