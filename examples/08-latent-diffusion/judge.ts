import type { Batch, Key, Diffusion } from '@diptych/core';
import { bytesToSigned, subset, type Dataset, type Splits } from '@diptych/data';
import { digitFeatures, frechetDistance, linearProbeGrid, networkFeatures, type FeatureRows } from '@diptych/eval';
import type { Autoencoder, NetworkBlock } from '@diptych/models';
import * as tf from '@tensorflow/tfjs-core';
import { probe } from './recipe.ts';

const spread = (data: Dataset, count: number, offset = 0) => {
  const far = data.length / Math.min(count, data.length);
  return Array.from({ length: Math.min(count, data.length) }, (_, i) => Math.floor(i * far + offset) % data.length);
};
const tensorOf = ({ x, shape }: Pick<Batch, 'x' | 'shape'>) =>
  tf.tensor4d(x instanceof Uint8Array ? bytesToSigned(x) : x, [...shape]);

/** Runs a function over a batch, 32 images at a time, and puts the rows one after the other. */
async function rowsOf(batch: Batch, run: (x: tf.Tensor4D) => tf.Tensor4D): Promise<Float32Array> {
  const size = batch.x.length / batch.shape[0];
  const parts: Float32Array[] = [];
  for (let from = 0; from < batch.shape[0]; from += 32) {
    const count = Math.min(32, batch.shape[0] - from);
    const shape = [count, ...batch.shape.slice(1)] as unknown as Batch['shape'];
    const x = tensorOf({ x: batch.x.slice(from * size, (from + count) * size), shape });
    const y = tf.tidy(() => run(x));
    parts.push((await y.data()) as Float32Array);
    tf.dispose([x, y]);
  }
  const rows = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((offset, part) => (rows.set(part, offset), offset + part.length), 0);
  return rows;
}

/**
 * Fréchet distance of samples to training images; beside it what other training images, reconstructions and noise get. Digits are
 * compared by the features of a network for digits; other images by the autoencoder's latents as 4x4 means: a small space that says
 * which of two runs is nearer, and no FID.
 */
export async function judgeSamples(samples: Batch, { train }: Splits, autoencoder: Autoencoder) {
  const digits = samples.shape[1] === 8 && samples.shape[3] === 1;
  const space = digits ? `FD-${digitFeatures().name}` : 'FD-latents';
  const features = async (batch: Batch): Promise<FeatureRows> => {
    if (digits) return digitFeatures().features(batch);
    const rows = await rowsOf(batch, (x) => {
      const z = autoencoder.latents(x);
      const cell = z.shape[1] / 4;
      return tf.avgPool(z, cell, cell, 'valid');
    });
    return { rows, dims: rows.length / batch.shape[0] };
  };
  const count = samples.shape[0];
  const some = Math.min(4 * count, train.length >> 1);
  const reference = await features(await train.batch(spread(train, some)));
  const others = await train.batch(spread(train, count, 1));
  const reconstructions = { ...others, x: await rowsOf(others, (x) => autoencoder.forward(x)) };
  const random = { ...others, x: Float32Array.from(others.x, (_, i) => Math.sin(12.9898 * i + 78.233 * (i % 31))) };
  const distance = async (batch: Batch) => frechetDistance(await features(batch), reference);
  return {
    space,
    distance: await distance(samples),
    heldOut: await distance(others),
    reconstructed: await distance(reconstructions),
    noise: await distance(random),
  };
}

/** A linear probe of blocks at noise levels, on the latents of labelled images. */
export function judgeFeatures(of: {
  network: NetworkBlock;
  diffusion: Diffusion;
  decoder: Autoencoder;
  splits: Splits;
  most: number;
  key: Key;
}) {
  const { network, diffusion, decoder, splits, most, key } = of;
  const part = (data: Dataset, share: number) => subset(data, spread(data, Math.ceil(most * share)));
  return linearProbeGrid({
    splits: { train: part(splits.train, 1), validation: part(splits.validation, 0.25), test: part(splits.test, 0.5) },
    sigmas: probe.sigmas,
    key,
    batchSize: 64,
    features: networkFeatures(network, diffusion, { taps: probe.taps, encode: (x) => decoder.latents(x) }),
  });
}
