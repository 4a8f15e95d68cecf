import { cfg, denoiser, guided, heun, sample, normalPerSample, split, type Batch, type Key } from '@diptych/core';
import { toBatch, subset, signedToBytes, bytesToSigned, type Splits } from '@diptych/data';
import {
  copyingCheck,
  digitFeatures,
  frechetDistance,
  linearProbe,
  linearProbeGrid,
  networkFeatures,
  type FeatureRows,
} from '@diptych/eval';
import type { UViT } from '@diptych/models';
import * as tf from '@tensorflow/tfjs-core';
import * as recipe from './recipe.ts';

/** Images of the classes 0, 1, …, 9, 0, 1, … drawn from the network; sample i depends on the key and i alone. */
export async function sampleDigits(
  network: UViT,
  count: number,
  key: Key,
  weights?: tf.NamedTensorMap,
): Promise<Batch> {
  const label = Int32Array.from({ length: count }, (_, i) => i % 10);
  const labels = tf.tensor1d(label, 'int32');
  const shape: [number, number, number, number] = [count, 8, 8, 1];
  const labelled = denoiser(network, recipe.diffusion, { label: labels, weights });
  const unlabelled = denoiser(network, recipe.diffusion, { weights });
  const denoise = guided(labelled, unlabelled, cfg(recipe.guidanceWeight));
  const images = await sample(heun(), denoise, { sigmas: recipe.sigmas, shape, key });
  // Images are stored with 8 bits, and judged as they are stored.
  const x = bytesToSigned(signedToBytes((await images.data()) as Float32Array));
  tf.dispose([images, labels]);
  return { x, shape, label };
}

/**
 * The generator: Fréchet distance to one half of the training images, of the samples, of the other half, and of noise, all
 * of one size, for the distance depends on it; and how near samples are to training images.
 */
export async function judgeSamples(samples: Batch, { train, test }: Splits, key: Key) {
  const { features, name } = digitFeatures();
  const count = Math.min(samples.shape[0], train.length >> 1);
  const first = (rows: FeatureRows) => ({ ...rows, rows: rows.rows.subarray(0, count * rows.dims) });
  const even = Array.from({ length: train.length >> 1 }, (_, i) => 2 * i);
  const reference = await features(await toBatch(subset(train, even)));
  const heldOut = await features(
    await toBatch(
      subset(
        train,
        even.map((i) => i + 1),
      ),
    ),
  );
  const noise = tf.tidy(() => tf.clipByValue(normalPerSample(key, [...samples.shape]), -1, 1));
  const noisy = await features({ x: (await noise.data()) as Float32Array, shape: samples.shape });
  noise.dispose();
  const pixels = ({ x, shape }: Batch): FeatureRows => ({
    rows: Float32Array.from(x),
    dims: shape[1] * shape[2] * shape[3],
  });
  return {
    space: `FD-${name}`,
    count,
    frechetDistance: {
      samples: frechetDistance(first(await features(samples)), reference),
      heldOut: frechetDistance(first(heldOut), reference),
      noise: frechetDistance(first(noisy), reference),
    },
    copying: copyingCheck({
      samples: pixels(samples),
      train: pixels(await toBatch(train)),
      heldOut: pixels(await toBatch(test)),
    }),
  };
}

/** The recogniser: a linear probe of every block at every noise level, without labels; raw pixels for scale. */
export async function judgeFeatures(network: UViT, splits: Splits, key: Key, weights?: tf.NamedTensorMap) {
  const { taps } = recipe.probe;
  const features = networkFeatures(network, recipe.diffusion, { taps, weights, pool: quarters });
  const grid = await linearProbeGrid({
    features,
    splits,
    sigmas: recipe.probe.sigmas,
    key,
    probe: recipe.probe.fit,
  });
  const pixels = async (part: keyof Splits) => {
    const { x, label } = await toBatch(splits[part]);
    return { rows: x as Float32Array, dims: 64, labels: label! };
  };
  const parts = {
    train: await pixels('train'),
    validation: await pixels('validation'),
    test: await pixels('test'),
  };
  const raw = linearProbe(parts, recipe.probe.fit);
  return { grid, rawPixels: raw.testAccuracy };
}

/** Means of the 4 x 4 patch tokens, the last of a UViT's, over the four quarters of the image: [B, 4 D]. */
function quarters(tokens: tf.Tensor): tf.Tensor2D {
  const [batch, count, width] = tokens.shape as [number, number, number];
  const patches = tf.reshape(tf.slice(tokens, [0, count - 16, 0]), [batch, 4, 4, width]) as tf.Tensor4D;
  return tf.reshape(tf.avgPool(patches, 2, 2, 'valid'), [batch, 4 * width]);
}

/** Keys of the stages, so that none depends on how long another ran. */
export const stageKeys = (key: Key) => {
  const [training, order, samples, noise, probe] = split(key, 5);
  return { training, order, samples, noise, probe };
};
