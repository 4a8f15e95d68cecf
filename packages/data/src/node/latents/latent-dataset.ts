import { open, readFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Batch, Key } from '@diptych/core';
import { check, DiptychError } from '@diptych/formats/errors';
import { checkPositions } from '../../dataset/check-positions.ts';
import type { Dataset } from '../../dataset/dataset.ts';
import type { Normaliser } from '../../latents/normaliser.ts';
import { sampleLatents } from '../../latents/sample-latents.ts';
import { imagesIn, normaliserFile, readPlan, shardCount, shardFile } from './shard-plan.ts';

/** Moments of latents; `sample` makes latents of them. */
export interface LatentDataset extends Dataset {
  /** Channels of a latent: the data set's own are 2 or 4 times as many. */
  readonly channels: number;
  /** To be kept with the model: its samples are decoded after `denormalise`. */
  readonly normaliser: Normaliser;
  /** Latents, normalised, drawn by key from the moments of a batch: [B, h, w, channels]. */
  sample(batch: Batch, key: Key): Batch;
}

/** Where the rows of the tensors of one shard lie. */
interface ShardMap {
  file: string;
  /** Byte at which each tensor begins, and bytes per image. */
  tensors: Record<string, { begin: number; row: number; shape: readonly number[] }>;
}

/**
 * The latents that `encodeLatents` wrote, as a data set: per pixel the channels of mean and log variance, then those of the
 * mirror image if they were kept. Rows are read from the files when a batch asks for them.
 *
 * **Memory** that of a batch, and the labels.
 *
 * @throws DiptychError if the folder is none, is not finished, or a shard is cut or of another shape.
 * @example
 * const data = await latentDataset('latents/train');
 * const stream = mapBatches(batches(data, options), (batch, step) => data.sample(batch, foldIn(key(1), step)));
 */
export async function latentDataset(folder: string): Promise<LatentDataset> {
  const where = 'latentDataset';
  const plan = await readPlan(where, folder);
  check(plan, where, folder, 'a folder of latents', 'one without latents.json');
  const normaliser = await readFile(normaliserFile(folder), 'utf8').then(
    (text) => JSON.parse(text) as Normaliser,
    () => undefined,
  );
  check(normaliser, where, folder, 'finished: encodeLatents goes on where it ended', 'one without normaliser.json');

  const shards: ShardMap[] = [];
  const label = plan.classes && new Int32Array(plan.length);
  for (let shard = 0; shard < shardCount(plan); shard++) {
    const map = await mapShard(where, shardFile(folder, shard));
    const images = map.tensors.mean?.shape[0];
    check(images === imagesIn(plan, shard), where, map.file, `a shard of ${imagesIn(plan, shard)} images`, images);
    const same = String(map.tensors.mean.shape.slice(1)) === String((shards[0] ?? map).tensors.mean.shape.slice(1));
    check(same, where, map.file, 'of the shape of the first shard', map.tensors.mean.shape);
    if (label) {
      const { begin, row } = map.tensors.label;
      const bytes = await withFile(map.file, (file) => readAt(file, begin, row * images));
      label.set(new Int32Array(bytes.buffer), shard * plan.shardSize);
    }
    shards.push(map);
  }

  const names = ['mean', 'log_variance', ...(plan.mirrored ? ['mean_mirrored', 'log_variance_mirrored'] : [])];
  const [, height, width, channels] = shards[0].tensors.mean.shape;
  const depth = names.length * channels;
  const pixels = height * width;

  const batch = async (indices: ArrayLike<number>): Promise<Batch> => {
    checkPositions(indices, plan.length, `${plan.name}.batch`);
    const x = new Float32Array(indices.length * pixels * depth);
    const fill = async (i: number) => {
      const { file, tensors } = shards[Math.floor(indices[i] / plan.shardSize)];
      const at = indices[i] % plan.shardSize;
      await withFile(file, async (handle) => {
        for (const [k, name] of names.entries()) {
          const { begin, row } = tensors[name];
          const values = new Float32Array((await readAt(handle, begin + at * row, row)).buffer);
          for (let p = 0; p < pixels; p++) {
            const own = values.subarray(p * channels, (p + 1) * channels);
            x.set(own, (i * pixels + p) * depth + k * channels);
          }
        }
      });
    };
    for (let from = 0; from < indices.length; from += 64) {
      await Promise.all(Array.from({ length: Math.min(64, indices.length - from) }, (_, i) => fill(from + i)));
    }
    const index = Int32Array.from(indices);
    const labels = label && { label: index.map((i) => label[i]) };
    return { x, shape: [indices.length, height, width, depth], index, ...labels };
  };
  return {
    name: plan.name,
    length: plan.length,
    shape: [height, width, depth],
    ...(plan.classes && { classes: plan.classes }),
    channels,
    normaliser,
    batch,
    sample: (moments, key) => sampleLatents(moments, key, { channels, normaliser }),
  };
}

/** Reads the header alone: the tensors of a shard are float32 and int32, one after the other. */
async function mapShard(where: string, file: string): Promise<ShardMap> {
  try {
    return await withFile(file, async (handle) => {
      const { size } = await handle.stat();
      const length = new DataView((await readAt(handle, 0, 8)).buffer).getBigUint64(0, true);
      check(length < size, where, file, 'a whole shard', `${size} bytes`);
      const text = new TextDecoder().decode(await readAt(handle, 8, Number(length)));
      type Entry = { shape: number[]; data_offsets: [number, number] };
      const { __metadata__, ...header } = JSON.parse(text) as Record<string, Entry>;
      const start = 8 + Number(length);
      const end = start + Math.max(...Object.values(header).map(({ data_offsets }) => data_offsets[1]));
      check(end === size, where, file, `a whole shard of ${end} bytes`, `${size} bytes`);
      const tensors = Object.entries(header).map(
        ([
          name,
          {
            shape,
            data_offsets: [begin, end],
          },
        ]) => {
          return [name, { begin: start + begin, row: (end - begin) / shape[0], shape }] as const;
        },
      );
      return { file, tensors: Object.fromEntries(tensors) };
    });
  } catch (cause) {
    if (DiptychError.isInstance(cause)) throw cause;
    const value = cause instanceof Error ? cause.message : String(cause);
    throw new DiptychError({ where, parameter: file, rule: 'a whole shard', value }, { cause });
  }
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  if (bytesRead < length) throw new Error(`ends after ${bytesRead} of ${length} bytes`);
  return bytes;
}
