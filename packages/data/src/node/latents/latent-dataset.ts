import type { Batch, Key } from '@diptych/core';
import { fail, FormatError } from '@diptych/formats/errors';
import { checkPositions, type Dataset } from '../../dataset/dataset.ts';
import type { Normalizer } from '../../latents/normalizer.ts';
import { sampleLatents } from '../../latents/sample-latents.ts';
import {
  momentNames,
  readNormalizer,
  readPlan,
  shardCount,
  shardFile,
  withShard,
  type LatentShape,
} from './shard-plan.ts';

/** Files that are open at a time. */
const atOnce = 64;

/** Moments of latents; `sample` makes latents of them. */
export interface LatentDataset extends Dataset {
  /** Channels of a latent: the data set's own are 2 or 4 times as many. */
  readonly channels: number;
  /** To be kept with the model: its samples are decoded after `denormalize`. */
  readonly normalizer: Normalizer;
  /** Latents, normalised, drawn by key from the moments of a batch: [B, h, w, channels]. */
  sample(batch: Batch, key: Key): Batch;
}

/**
 * The latents that `encodeLatents` wrote, as a data set: per pixel the channels of mean and log variance, then those of the
 * mirror image if they were kept. Rows are read from the files when a batch asks for them.
 *
 * **Memory** that of a batch, and the labels.
 *
 * @throws DiptychError if the folder holds no latents or is not finished, if `latents.json` or `normalizer.json` is damaged, or if a
 * shard is cut, in the place of another one, or holds tensors of another type or shape than the rest.
 * @example
 * const data = await latentDataset('latents/train');
 * const stream = mapBatches(batches(data, options), (batch, step) => data.sample(batch, foldIn(key(1), step)));
 */
export async function latentDataset(folder: string): Promise<LatentDataset> {
  const where = 'latentDataset';
  const plan = await readPlan(where, folder);
  if (!plan) fail(where, `${folder} holds no latents: it has no latents.json`);

  const normalizer = await readNormalizer(where, folder);

  let latent: LatentShape | undefined;
  // The plan may say any length; the shards show whether there are as many images.
  const labels: Int32Array[] = [];
  for (let shard = 0; shard < shardCount(plan); shard++) {
    await withShard(where, folder, plan, shard, async (file, shape) => {
      latent ??= shape;
      const same = String(shape) === String(latent);
      if (!same) throw new FormatError(where, `${shardFile(folder, shard)} has latents of [${shape}], not [${latent}]`);
      if (!plan.classes) return;
      const own = (await file.read(['label'])).label.data as Int32Array;
      const wrong = own.find((k) => k < 0 || k >= plan.classes!.length);
      if (wrong !== undefined) {
        const classes = plan.classes.length;
        throw new FormatError(
          where,
          `${shardFile(folder, shard)} has the label ${wrong}, but there are ${classes} classes`,
        );
      }
      labels.push(own);
    });
  }
  const label = plan.classes && joined(labels, plan.length);
  const [height, width, channels] = latent!;
  const own = normalizer.mean.length;
  if (own !== channels) fail(where, `${folder} has latents of ${channels} channels, but a normalizer of ${own}`);
  const names = momentNames(plan);
  const depth = names.length * channels;
  const pixels = height * width;

  const batch = async (indices: ArrayLike<number>): Promise<Batch> => {
    checkPositions(indices, plan.length, `${plan.name}.batch`);
    const x = new Float32Array(indices.length * pixels * depth);
    const rowsOf = new Map<number, number[]>();
    for (let i = 0; i < indices.length; i++) {
      const shard = Math.floor(indices[i] / plan.shardSize);
      rowsOf.set(shard, [...(rowsOf.get(shard) ?? []), i]);
    }
    const fill = ([shard, rows]: [number, number[]]) =>
      withShard(where, folder, plan, shard, async (file) => {
        const copy = async (i: number, name: string, k: number) => {
          const at = indices[i] % plan.shardSize;
          const values = (await file.readRows(name, at, at + 1)).data as Float32Array;
          for (let p = 0; p < pixels; p++) {
            const own = values.subarray(p * channels, (p + 1) * channels);
            x.set(own, (i * pixels + p) * depth + k * channels);
          }
        };
        await Promise.all(rows.flatMap((i) => names.map((name, k) => copy(i, name, k))));
      });
    const shards = [...rowsOf];
    for (let from = 0; from < shards.length; from += atOnce) {
      await Promise.all(shards.slice(from, from + atOnce).map(fill));
    }
    const index = Int32Array.from(indices);
    const own = label && { label: index.map((i) => label[i]) };
    return { x, shape: [indices.length, height, width, depth], index, ...own };
  };
  return {
    name: plan.name,
    length: plan.length,
    shape: [height, width, depth],
    ...(plan.classes && { classes: plan.classes }),
    channels,
    normalizer,
    batch,
    sample: (moments, key) => sampleLatents(moments, key, { channels, normalizer }),
  };
}

function joined(parts: readonly Int32Array[], length: number): Int32Array {
  const whole = new Int32Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
