import { key, normalArray } from '@diptych/core';
import { toBatch, digitSplits, subset, signedToBytes } from '@diptych/data';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { extractFeatures } from '../extract-features.ts';
import { frechetDistance } from '../../metrics/frechet/frechet-distance.ts';
import { digitFeatures } from './digit-features.ts';
import { digitNetwork, digitWeightShapes } from './digit-network.ts';
import type { DigitWeights } from './digit-network.ts';

const network = digitFeatures();
const splits = digitSplits();

describe('digitFeatures', () => {
  it('scores what its metadata says: over 97 % on digits by writers it never saw', async () => {
    for (const part of ['train', 'validation', 'test'] as const) {
      const batch = await toBatch(splits[part]);
      const { rows } = network.logits(batch);
      let right = 0;
      batch.label!.forEach((label, i) => {
        const row = Array.from(rows.subarray(i * 10, i * 10 + 10));
        if (row.indexOf(Math.max(...row)) === label) right++;
      });
      expect(right / batch.shape[0]).toBe(network.training[`${part}Accuracy`]);
    }
    expect(network.training.testAccuracy).toBeGreaterThan(0.97);
  });

  it('puts unseen digits near the training digits, blurred ones far and noise farther', async () => {
    const train = await extractFeatures(network, splits.train);
    const distanceTo = async (x: Float32Array) =>
      frechetDistance(train, await network.features({ x, shape: [x.length / 64, 8, 8, 1] }));
    const test = (await toBatch(splits.test)).x as Float32Array;
    const blurred = test.map((value, i) => (value + test[Math.max(0, i - 1)] + test[Math.max(0, i - 8)]) / 3);
    const noise = normalArray(key(0), 360 * 64).map((z) => Math.max(-1, Math.min(1, z)));
    const [unseen, soft, noisy] = [await distanceTo(test), await distanceTo(blurred), await distanceTo(noise)];
    expect(unseen).toBeLessThan(10);
    expect(soft).toBeGreaterThan(2 * unseen);
    expect(noisy).toBeGreaterThan(2 * soft);
  });

  it('computes what the tfjs layers of the same weights compute', async () => {
    await tf.setBackend('cpu');
    const weights = Object.fromEntries(
      Object.entries(digitWeightShapes).map(([name, shape], i) => [
        name,
        normalArray(
          [1, i],
          shape.reduce((a: number, b) => a * b, 1),
        ).map((z) => z / 8),
      ]),
    ) as DigitWeights;
    const { x } = await toBatch(subset(splits.test, { to: 3 }));
    const host = digitNetwork(weights, x, 3);
    const before = tf.memory().numTensors;
    const expected = tf.tidy(() => {
      const at = (name: keyof DigitWeights) => tf.tensor(weights[name], [...digitWeightShapes[name]]);
      const ink = tf.div(tf.add(tf.tensor4d(x as Float32Array, [3, 8, 8, 1]), 1), 2) as tf.Tensor4D;
      const first = tf.relu(tf.add(tf.conv2d(ink, at('conv1.kernel') as tf.Tensor4D, 1, 'same'), at('conv1.bias')));
      const second = tf.relu(
        tf.add(tf.conv2d(first as tf.Tensor4D, at('conv2.kernel') as tf.Tensor4D, 2, 'same'), at('conv2.bias')),
      );
      const features = tf.add(
        tf.matMul(tf.reshape(second, [3, 384]), at('features.kernel') as tf.Tensor2D),
        at('features.bias'),
      );
      const logits = tf.add(
        tf.matMul(tf.relu(features) as tf.Tensor2D, at('head.kernel') as tf.Tensor2D),
        at('head.bias'),
      );
      return { features: features.dataSync(), logits: logits.dataSync() };
    });
    expect(tf.memory().numTensors).toBe(before);
    host.features.forEach((value, i) => expect(value).toBeCloseTo(expected.features[i], 4));
    host.logits.forEach((value, i) => expect(value).toBeCloseTo(expected.logits[i], 4));
  });

  it('takes bytes for what they show', async () => {
    const batch = await toBatch(subset(splits.test, { to: 5 }));
    const bytes = { ...batch, x: signedToBytes(batch.x) };
    const [a, b] = [network.features(batch), network.features(bytes)];
    const [floats, rounded] = await Promise.all([a, b]);
    floats.rows.forEach((value, i) => expect(Math.abs(value - rounded.rows[i])).toBeLessThan(0.1));
  });

  it('refuses other sizes and NaN, naming the image', () => {
    expect(() => network.features({ x: new Float32Array(16 * 16), shape: [1, 16, 16, 1] })).toThrow(
      /digitFeatures: shape/,
    );
    const x = new Float32Array(128);
    x[70] = NaN;
    expect(() => network.features({ x, shape: [2, 8, 8, 1] })).toThrow(/image 1 must be free of NaN/);
  });
});

describe('extractFeatures', () => {
  it('of a data set, of its batches and of a generator are the same rows in order', async () => {
    const part = subset(splits.test, { to: 10 });
    const whole = await extractFeatures(network, part);
    const halves = [await part.batch([0, 1, 2, 3]), await part.batch([4, 5, 6, 7, 8, 9])];
    expect(await extractFeatures(network, halves)).toEqual(whole);
    async function* stream() {
      yield* halves;
    }
    expect(await extractFeatures(network, stream())).toEqual(whole);
    expect([whole.rows.length, whole.dims]).toEqual([640, 64]);
  });

  it('refuses nothing at all, and a network that breaks its word', async () => {
    await expect(extractFeatures(network, [])).rejects.toThrow(/there are no images/);
    const lazy = { name: 'lazy', dims: 2, features: () => ({ rows: new Float32Array(2), dims: 2 }) };
    await expect(extractFeatures(lazy, splits.test)).rejects.toThrow(/lazy.*256 rows, one per image, got 1/);
    await expect(extractFeatures({ ...lazy, dims: 3 }, splits.test)).rejects.toThrow(/features.dims must be 3/);
  });
});
