import { stat } from 'node:fs/promises';
import type { Batch } from '@diptych/core';
import { check, checkCount, fail } from '@diptych/formats/errors';
import { writeSafetensors } from '@diptych/formats';
import type { HostTensor } from '@diptych/formats';
import type { Dataset } from '../../dataset/dataset.ts';
import { fetchBatch } from '../../dataset/check-batch.ts';
import type { Normalizer } from '../../latents/normalizer.ts';
import { bytesToSigned } from '../../images/pixels.ts';
import { saveBytes } from '../save-files.ts';
import { imagesIn, saveNormalizer, settlePlan, shardCount, shardFile, shardMetadata, withShard } from './shard-plan.ts';

/** What an autoencoder says of a batch of images. */
export interface LatentMoments {
  /** [B, h, w, c] */
  readonly mean: Float32Array;
  /** [B, h, w, c], natural logarithm. */
  readonly logVariance: Float32Array;
  readonly shape: readonly [number, number, number, number];
}

/** Images as float32 in [-1, 1] to the moments of their latents; tensors inside, plain numbers outside. */
export type EncodeImages = (images: {
  x: Float32Array;
  shape: Batch['shape'];
}) => LatentMoments | Promise<LatentMoments>;

/** Where shards go and how they are made. */
export interface EncodeLatentsOptions {
  /** Folder of the shards. */
  to: string;
  /** Name of the autoencoder: shards of another one are not mixed in. */
  encoder: string;
  /** Images per file. Default 1024. */
  shardSize?: number;
  /** Images that are encoded at a time. Default 32. */
  batchSize?: number;
  /** Keep the latents of the mirror images too: latents cannot be mirrored themselves. Default true. */
  mirrored?: boolean;
  /** Ends the work between two batches; whole shards stay, and a later call goes on from them. */
  signal?: AbortSignal;
  /** Told after every shard. */
  onProgress?: (progress: { encoded: number; length: number }) => void;
}

/**
 * Encodes a data set once, into safetensors files that training then reads (see `latentDataset`): `mean` and `log_variance`,
 * `mean_mirrored` and `log_variance_mirrored`, `label`. Interrupted, it goes on from the last whole file. In the end it writes
 * `normalizer.json`, the mean and standard deviation of every channel of latents drawn from these moments.
 *
 * **Memory** one shard.
 *
 * @throws DiptychError if the folder holds latents of another set, size or encoder (nothing is overwritten), or the encoder
 * returns NaN or numbers that do not fit its shape.
 * @see Rombach et al. 2022, High-resolution image synthesis with latent diffusion models, section 3.1
 * @example
 * await encodeLatents(train, async ({ x, shape }) => moments(autoencoder, x, shape), { to: 'latents/train', encoder: 'kl-f8' });
 */
export async function encodeLatents(
  dataset: Dataset,
  encode: EncodeImages,
  { to, encoder, shardSize = 1024, batchSize = 32, mirrored = true, signal, onProgress }: EncodeLatentsOptions,
): Promise<Normalizer> {
  const where = 'encodeLatents';
  checkCount(where, { shardSize, batchSize });
  const { name, length, shape, classes } = dataset;
  const plan = { name, encoder, length, shardSize, mirrored, image: shape, ...(classes && { classes }) };
  await settlePlan(where, to, plan);

  const sums = channelSums();
  for (let shard = 0; shard < shardCount(plan); shard++) {
    signal?.throwIfAborted();
    const file = shardFile(to, shard);
    const count = imagesIn(plan, shard);
    const there = await stat(file).then(Boolean, () => false);
    let tensors: Record<string, HostTensor>;
    if (there) tensors = await withShard(where, to, plan, shard, ({ read }) => read());
    else {
      const parts: Moments[] = [];
      for (let first = 0; first < count; first += batchSize) {
        signal?.throwIfAborted();
        const size = Math.min(batchSize, count - first);
        const indices = Uint32Array.from({ length: size }, (_, i) => shard * shardSize + first + i);
        const batch = await fetchBatch(dataset, indices, where);
        if (classes && !batch.label) fail(where, `${name} has classes, but its batches have no labels`);
        parts.push(await encodeBatch(batch, encode, mirrored));
      }
      tensors = joined(parts, count);
      await saveBytes(file, writeSafetensors(tensors, shardMetadata(plan, shard)));
    }
    sums.add(tensors);
    onProgress?.({ encoded: shard * shardSize + count, length });
  }
  const normalizer = sums.normalizer();
  await saveNormalizer(to, normalizer);
  return normalizer;
}

type Moments = Record<string, { data: Float32Array | Int32Array; shape: readonly number[] }>;

async function encodeBatch(batch: Batch, encode: EncodeImages, mirrored: boolean): Promise<Moments> {
  const x = batch.x instanceof Uint8Array ? bytesToSigned(batch.x) : batch.x;
  const plain = await checkedMoments(encode, x, batch.shape);
  const mirror = mirrored && (await checkedMoments(encode, mirrorRows(x, batch.shape), batch.shape));
  return {
    mean: { data: plain.mean, shape: plain.shape },
    log_variance: { data: plain.logVariance, shape: plain.shape },
    ...(mirror && {
      mean_mirrored: { data: mirror.mean, shape: mirror.shape },
      log_variance_mirrored: { data: mirror.logVariance, shape: mirror.shape },
    }),
    ...(batch.label && { label: { data: batch.label, shape: [batch.shape[0]] } }),
  };
}

async function checkedMoments(encode: EncodeImages, x: Float32Array, shape: Batch['shape']): Promise<LatentMoments> {
  const moments = await encode({ x, shape });
  const size = moments.shape.reduce((product, n) => product * n, 1);
  check(moments.shape[0] === shape[0], 'encodeLatents', 'latents', `of ${shape[0]} images`, moments.shape);
  for (const [name, data] of Object.entries({ mean: moments.mean, logVariance: moments.logVariance })) {
    check(data.length === size, 'encodeLatents', name, `${size} numbers for shape [${moments.shape}]`, data.length);
    check(data.every(Number.isFinite), 'encodeLatents', name, 'free of NaN and infinity', 'others');
  }
  return moments;
}

function mirrorRows(x: Float32Array, [count, height, width, channels]: Batch['shape']): Float32Array {
  const mirrored = new Float32Array(x.length);
  for (let row = 0; row < count * height; row++) {
    for (let p = 0; p < width; p++) {
      const from = (row * width + p) * channels;
      mirrored.set(x.subarray(from, from + channels), (row * width + width - 1 - p) * channels);
    }
  }
  return mirrored;
}

function joined(parts: readonly Moments[], count: number): Record<string, HostTensor> {
  const tensors = Object.entries(parts[0]).map(([name, { shape, data }]) => {
    const size = shape.slice(1).reduce((product, n) => product * n, 1) * count;
    const whole = data instanceof Int32Array ? new Int32Array(size) : new Float32Array(size);
    let at = 0;
    for (const part of parts) {
      whole.set(part[name].data, at);
      at += part[name].data.length;
    }
    const dtype = data instanceof Int32Array ? 'int32' : 'float32';
    return [name, { shape: [count, ...shape.slice(1)], dtype, data: whole } as HostTensor];
  });
  return Object.fromEntries(tensors) as Record<string, HostTensor>;
}

/** Mean and variance per channel of what is drawn from the moments: the variance of the means plus the mean variance. */
function channelSums() {
  let count = 0;
  let first: number[] = [];
  let second: number[] = [];
  return {
    add(tensors: Record<string, HostTensor>) {
      for (const suffix of ['', '_mirrored']) {
        const mean = tensors[`mean${suffix}`];
        if (!mean) continue;
        const channels = mean.shape[3];
        const values = mean.data as Float32Array;
        const logVariance = tensors[`log_variance${suffix}`].data as Float32Array;
        if (first.length === 0) [first, second] = [new Array(channels).fill(0), new Array(channels).fill(0)];
        for (let i = 0; i < values.length; i++) {
          first[i % channels] += values[i];
          second[i % channels] += values[i] ** 2 + Math.exp(logVariance[i]);
        }
        count += values.length / channels;
      }
    },
    normalizer(): Normalizer {
      const mean = first.map((sum) => sum / count);
      return { mean, std: second.map((sum, c) => Math.sqrt(sum / count - mean[c] ** 2)) };
    },
  };
}
