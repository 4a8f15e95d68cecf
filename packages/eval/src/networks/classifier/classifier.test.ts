import { key } from '@diptych/core';
import { toBatch, digitSplits, subset } from '@diptych/data';
import { installWasmKernels } from '@diptych/ops/wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { imageFrechetDistance } from '../../metrics/frechet/image-frechet-distance.ts';
import { inceptionScoreMetric } from '../../metrics/measure/metrics.ts';
import { measureImages } from '../../metrics/measure/measure-images.ts';
import { classifierFeatures } from './classifier-features.ts';
import { classifierShapes } from './classifier-layers.ts';
import { trainClassifierFeatures } from './train-classifier-features.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
  await installWasmKernels();
});

const { train, test } = digitSplits();

describe('trainClassifierFeatures', () => {
  it('learns the digits, tells noise from them, is the same from its file and by its key, and leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    const losses: number[] = [];
    const options = { name: 'my-digits', key: key(1), epochs: 8, batchSize: 48, width: 8, features: 24 };
    const network = await trainClassifierFeatures(train, { ...options, onEpoch: (_, loss) => losses.push(loss) });
    expect(losses).toHaveLength(8);
    expect(losses[7]).toBeLessThan(losses[0]);
    expect(await network.accuracy(test)).toBeGreaterThan(0.9);

    const near = await imageFrechetDistance(network, test, train);
    const { x, shape } = await toBatch(test);
    const noisy = x.map((value, i) => Math.max(-1, Math.min(1, value + Math.sin(i * i))));
    const far = await imageFrechetDistance(network, [{ x: Float32Array.from(noisy), shape }], train);
    expect(near.metric).toBe('FD-my-digits');
    expect(far.value).toBeGreaterThan(3 * near.value);

    const again = classifierFeatures(network.toSafetensors());
    const some = await toBatch(subset(test, { to: 5 }));
    expect((await again.features(some)).rows).toEqual((await network.features(some)).rows);
    const { figures } = await measureImages({ network: again, generated: test, metrics: [inceptionScoreMetric()] });
    expect(figures[0].name).toBe('Score-my-digits');
    expect(figures[0].value).toBeGreaterThan(3);

    const short = { ...options, epochs: 1 };
    const few = subset(train, { to: 96 });
    const [a, b] = [await trainClassifierFeatures(few, short), await trainClassifierFeatures(few, short)];
    expect(a.toSafetensors()).toEqual(b.toSafetensors());
    for (const one of [network, again, a, b]) one.dispose();
    expect(tf.memory().numTensors).toBe(before);
    await expect(network.features(some)).rejects.toThrow(/has been disposed/);
  });

  it('halves a picture down to 4x4 and doubles channels up to four times', () => {
    const shapes = classifierShapes({ image: [32, 32, 3], classes: 10, width: 16, features: 64 });
    expect(shapes['conv0.kernel']).toEqual([3, 3, 3, 16]);
    expect(shapes['conv3.kernel']).toEqual([3, 3, 64, 64]);
    expect(shapes['features.kernel']).toEqual([4 * 4 * 64, 64]);
    expect(classifierShapes({ image: [28, 20, 1], classes: 2, width: 4, features: 8 })['features.kernel']).toEqual([
      4 * 3 * 16,
      8,
    ]);
  });

  it('refuses sets without labels, images of other sizes, the name FID, other files, and stops by its signal', async () => {
    const options = { name: 'x', key: key(0) };
    const before = tf.memory().numTensors;
    const bare = { ...train, classes: undefined };
    await expect(trainClassifierFeatures(bare, options)).rejects.toThrow(/two classes or more/);
    const large = { ...train, shape: [8, 80, 1] as const };
    await expect(trainClassifierFeatures(large, options)).rejects.toThrow(/from 8x8 to 64x64/);
    await expect(trainClassifierFeatures(train, { ...options, name: 'FID' })).rejects.toThrow(/not FID/);
    await expect(trainClassifierFeatures(train, { ...options, epochs: 0 })).rejects.toThrow(/epochs/);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(trainClassifierFeatures(train, { ...options, signal })).rejects.toThrow('enough');
    expect(() => classifierFeatures(new Uint8Array(4))).toThrow(/readSafetensors/);
    expect(tf.memory().numTensors).toBe(before);
  });
});
