import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { check, DiptychError } from '@diptych/formats/errors';
import { saveBytes } from '../save-bytes.ts';

/** What a folder of latents holds; written before the first shard, so that a later call knows what was meant. */
export interface ShardPlan {
  readonly name: string;
  readonly encoder: string;
  readonly length: number;
  readonly shardSize: number;
  readonly mirrored: boolean;
  readonly image: readonly number[];
  readonly classes?: readonly string[];
}

export const planFile = (folder: string) => join(folder, 'latents.json');
export const normaliserFile = (folder: string) => join(folder, 'normaliser.json');
export const shardFile = (folder: string, shard: number) =>
  join(folder, `shard-${String(shard).padStart(5, '0')}.safetensors`);
export const shardCount = ({ length, shardSize }: ShardPlan) => Math.ceil(length / shardSize);
export const imagesIn = ({ length, shardSize }: ShardPlan, shard: number) =>
  Math.min(shardSize, length - shard * shardSize);

export async function readPlan(where: string, folder: string): Promise<ShardPlan | undefined> {
  const text = await readFile(planFile(folder), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    const details = { where, parameter: folder, rule: 'a folder that can be read', value: cause.code };
    throw new DiptychError(details, { cause });
  });
  return text === undefined ? undefined : (JSON.parse(text) as ShardPlan);
}

/** Goes on with the plan that is there if it is this one; shards of other images are never mixed in or overwritten. */
export async function settlePlan(where: string, folder: string, plan: ShardPlan): Promise<void> {
  const there = await readPlan(where, folder);
  if (there) {
    check(
      JSON.stringify(there) === JSON.stringify(plan),
      where,
      folder,
      `free, or of ${describe(plan)}`,
      describe(there),
    );
    return;
  }
  await mkdir(folder, { recursive: true });
  await saveBytes(planFile(folder), JSON.stringify(plan));
}

const describe = ({ classes, ...rest }: ShardPlan) => JSON.stringify({ ...rest, classes: classes?.length ?? 0 });
