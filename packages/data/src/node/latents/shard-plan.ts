import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors, parseJson, type SingleSafetensorsFile } from '@diptych/formats';
import { fail, FormatError } from '@diptych/formats/errors';
import { fileRange } from '@diptych/formats/node';
import type { Normalizer } from '../../latents/normalizer.ts';
import { saveBytes } from '../save-files.ts';

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

/** [h, w, c] of one latent. */
export type LatentShape = readonly [number, number, number];

export const shardFile = (folder: string, shard: number) =>
  join(folder, `shard-${String(shard).padStart(5, '0')}.safetensors`);
export const shardCount = ({ length, shardSize }: ShardPlan) => Math.ceil(length / shardSize);
export const imagesIn = ({ length, shardSize }: ShardPlan, shard: number) =>
  Math.min(shardSize, length - shard * shardSize);

/** What a shard says of itself: of which format it is, and the position of its first image in the data set. */
export const shardMetadata = ({ shardSize }: ShardPlan, shard: number) => ({
  format: 'diptych-latents',
  first: `${shard * shardSize}`,
});

/** The tensors of moments in the order in which they become channels. */
export const momentNames = ({ mirrored }: Pick<ShardPlan, 'mirrored'>) =>
  mirrored ? ['mean', 'log_variance', 'mean_mirrored', 'log_variance_mirrored'] : ['mean', 'log_variance'];

export async function readPlan(where: string, folder: string): Promise<ShardPlan | undefined> {
  const file = join(folder, 'latents.json');
  const found = (await readJson(where, file)) as Partial<ShardPlan> | undefined;
  if (found === undefined) return undefined;
  const { name, encoder, length, shardSize, mirrored, image, classes } = found ?? {};
  const isText = (value: unknown) => typeof value === 'string';
  const sound =
    [name, encoder].every(isText) &&
    [length, shardSize].every(isCount) &&
    typeof mirrored === 'boolean' &&
    Array.isArray(image) &&
    image.length === 3 &&
    image.every(isCount) &&
    (classes === undefined || (Array.isArray(classes) && classes.length > 0 && classes.every(isText)));
  if (!sound) throw new FormatError(where, `${file} does not say what the latents are of`);
  return found as ShardPlan;
}

/** Goes on with the plan that is there if it is this one; shards of other images are never mixed in or overwritten. */
export async function settlePlan(where: string, folder: string, plan: ShardPlan): Promise<void> {
  const there = await readPlan(where, folder);
  if (!there) {
    await mkdir(folder, { recursive: true });
    await saveBytes(join(folder, 'latents.json'), JSON.stringify(plan));
  } else if (JSON.stringify(there) !== JSON.stringify(plan)) {
    fail(where, `${folder} holds latents of ${describe(there)} and takes none of ${describe(plan)}`);
  }
}

const describe = ({ classes, ...rest }: ShardPlan) => JSON.stringify({ ...rest, classes: classes?.length ?? 0 });

export const saveNormalizer = (folder: string, normalizer: Normalizer) =>
  saveBytes(join(folder, 'normalizer.json'), JSON.stringify(normalizer));

/** It is written last: without it the latents are not finished. */
export async function readNormalizer(where: string, folder: string): Promise<Normalizer> {
  const file = join(folder, 'normalizer.json');
  const found = (await readJson(where, file)) as Partial<Normalizer> | undefined;
  if (found === undefined) fail(where, `${folder} is not finished: encodeLatents goes on where it ended`);
  const { mean, std } = found ?? {};
  const lists = Array.isArray(mean) && Array.isArray(std) && mean.length > 0 && mean.length === std.length;
  const sound = lists && mean.every(Number.isFinite) && std.every((value) => Number.isFinite(value) && value > 0);
  if (!sound) throw new FormatError(where, `${file} has no mean and standard deviation > 0 of each channel`);
  return found as Normalizer;
}

/** Opens a shard for as long as it is used: there may be more of them than a process may hold open. */
export async function withShard<T>(
  where: string,
  folder: string,
  plan: ShardPlan,
  shard: number,
  use: (file: SingleSafetensorsFile, latent: LatentShape) => Promise<T>,
): Promise<T> {
  const path = shardFile(folder, shard);
  const range = await fileRange(path);
  try {
    const file = await openSafetensors(range).catch((cause: Error) => {
      throw new FormatError(where, `${path} is not a whole shard (${cause.message})`, { cause });
    });
    return await use(file, checkShard(where, path, file, plan, shard));
  } finally {
    await range.close();
  }
}

/** Holds the header of a shard against the plan, which says everything but the size of a latent. */
function checkShard(
  where: string,
  path: string,
  { tensors, metadata }: SingleSafetensorsFile,
  plan: ShardPlan,
  shard: number,
): LatentShape {
  const refuse = (sentence: string): never => {
    throw new FormatError(where, `${path} ${sentence}`);
  };
  const { format, first } = shardMetadata(plan, shard);
  if (metadata.format !== format) refuse('is not a shard of latents');
  if (metadata.first !== first) refuse(`begins with image ${metadata.first}, but its name says ${first}`);
  const latent = tensors.get('mean')?.shape.slice(1) ?? [];
  if (latent.length !== 3 || !latent.every(isCount)) refuse('has no mean of shape [images, h, w, c]');
  const wanted = new Map(momentNames(plan).map((name) => [name, ['F32', [imagesIn(plan, shard), ...latent]]]));
  if (plan.classes) wanted.set('label', ['I32', [imagesIn(plan, shard)]]);
  for (const [name, [dtype, shape]] of wanted) {
    const found = tensors.get(name);
    if (!found) refuse(`lacks ${name}`);
    const same = found!.dtype === dtype && String(found!.shape) === String(shape);
    if (!same) refuse(`has ${name} as ${found!.dtype} [${found!.shape}], but it must be ${dtype} [${shape}]`);
  }
  return latent as unknown as LatentShape;
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;

/** Undefined if the file is not there. */
async function readJson(where: string, file: string): Promise<unknown> {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    return fail(where, `${file} cannot be read (${cause.code})`, { cause });
  });
  return bytes && parseJson(bytes, { where, name: file });
}
