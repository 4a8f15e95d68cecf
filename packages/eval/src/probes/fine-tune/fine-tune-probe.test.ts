import { key, normalArray } from '@diptych/core';
import type { Batch } from '@diptych/core';
import { digitSplits, subset } from '@diptych/data';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fineTuneProbe } from './fine-tune-probe.ts';

const whole = digitSplits();
const splits = {
  train: subset(whole.train, { to: 300 }),
  validation: subset(whole.validation, { to: 100 }),
  test: subset(whole.test, { to: 100 }),
};

describe('fineTuneProbe', () => {
  let layers: tf.Variable[];
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });
  beforeEach(() => {
    layers = tf.tidy(() =>
      [
        [64, 24],
        [24, 16],
      ].map(([rows, columns], i) =>
        tf.variable(
          tf.tensor2d(
            normalArray(key(i), rows * columns).map((z) => z / Math.sqrt(rows)),
            [rows, columns],
          ),
        ),
      ),
    );
  });
  afterEach(() => tf.dispose(layers));
  const forward = ({ x, shape }: Batch) => {
    const first = tf.relu(tf.matMul(tf.tensor2d(x as Float32Array, [shape[0], 64]), layers[0] as tf.Tensor2D));
    return tf.relu(tf.matMul(first, layers[1] as tf.Tensor2D)) as tf.Tensor2D;
  };
  const groups = () => layers.map((layer) => [layer]);
  const options = { forward, splits, key: key(3), epochs: 6, learningRate: 1e-2, batchSize: 50 };

  it('learns, reports the epoch that validation chose, and puts the network back to the bit', async () => {
    const before = await Promise.all(layers.map((layer) => layer.data().then((data) => data.slice())));
    const tensors = tf.memory().numTensors;
    const found = await fineTuneProbe({ ...options, variables: groups() });
    expect(tf.memory().numTensors).toBe(tensors);
    for (const [i, layer] of layers.entries()) expect(await layer.data()).toEqual(before[i]);
    const best = Math.max(...found.epochs.map((epoch) => epoch.validationAccuracy));
    expect(found.validationAccuracy).toBe(best);
    expect(found.epochs[found.epoch - 1].validationAccuracy).toBe(best);
    expect(found.epochs[5].trainLoss).toBeLessThan(found.epochs[0].trainLoss / 2);
    expect(found.testAccuracy).toBeGreaterThan(0.6);
    expect(found.confusion.counts.reduce((a, b) => a + b)).toBe(100);
    expect(found.protocol).toEqual({
      name: 'fine-tuning',
      optimizer: 'adam',
      learningRate: 1e-2,
      layerDecay: 1,
      epochs: 6,
      batchSize: 50,
      augmentation: 'none',
    });
    expect(await fineTuneProbe({ ...options, variables: groups() })).toEqual(found);
  });

  it('moves early layers less the stronger the decay', async () => {
    const moved = async (layerDecay: number) => {
      const start = (await layers[0].data()).slice();
      let distance = 0;
      await fineTuneProbe({
        ...options,
        variables: groups(),
        layerDecay,
        epochs: 1,
        onProgress: () =>
          (distance = (layers[0].dataSync() as Float32Array).reduce(
            (sum, value, i) => sum + (value - start[i]) ** 2,
            0,
          )),
      });
      return Math.sqrt(distance);
    };
    const [even, decayed] = [await moved(1), await moved(0.1)];
    // Adam moves by the rate, whatever the gradient: two layers below the head is a hundredth.
    expect(decayed / even).toBeGreaterThan(0.002);
    expect(decayed / even).toBeLessThan(0.05);
  });

  it('puts the network back after an error, too, and leaves nothing', async () => {
    const before = (await layers[0].data()).slice();
    const tensors = tf.memory().numTensors;
    const stop = new AbortController();
    const run = fineTuneProbe({
      ...options,
      variables: groups(),
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    });
    await expect(run).rejects.toThrow('enough');
    expect(await layers[0].data()).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('refuses options that are none, features of another shape, NaN, and data without labels', async () => {
    const given = { ...options, variables: groups() };
    await expect(fineTuneProbe({ ...given, variables: [] })).rejects.toThrow(/variables must be not empty/);
    await expect(fineTuneProbe({ ...given, layerDecay: 0 })).rejects.toThrow(/layerDecay/);
    await expect(fineTuneProbe({ ...given, epochs: 0 })).rejects.toThrow(/epochs/);
    const flat = (images: Batch) => tf.reshape(forward(images), [-1]) as unknown as tf.Tensor2D;
    await expect(fineTuneProbe({ ...given, forward: flat })).rejects.toThrow(
      /output of forward must be of shape \[1, dims\], got float32 tensor of shape \[16\]/,
    );
    const broken = (images: Batch) => tf.mul(forward(images), NaN) as tf.Tensor2D;
    const tensors = tf.memory().numTensors;
    await expect(fineTuneProbe({ ...given, forward: broken })).rejects.toThrow(/the loss of step 0 is NaN/);
    expect(tf.memory().numTensors).toBe(tensors);
    const unlabeled = {
      ...splits.test,
      batch: async (indices: ArrayLike<number>) => ({ ...(await splits.test.batch(indices)), label: undefined }),
    };
    await expect(fineTuneProbe({ ...given, splits: { ...splits, test: unlabeled } })).rejects.toThrow(/has no labels/);
  });
});
