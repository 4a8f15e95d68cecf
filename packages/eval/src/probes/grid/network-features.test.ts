import { edm, key, normalArray, foldIn, readFeatures, vp } from '@diptych/core';
import type { Batch, Key } from '@diptych/core';
import { digitSplits, subset, signedToBytes } from '@diptych/data';
import { UViT } from '@diptych/models';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { linearProbeGrid } from './linear-probe-grid.ts';
import { networkFeatures } from './network-features.ts';

const sizes = { image: [8, 8, 1], patch: 4, width: 8, depth: 2, heads: 2 } as const;
const taps = ['in.0', 'mid', 'out.0'];
const noise = key(7);
let network: UViT;
let labeled: UViT;
let images: Batch;

beforeAll(async () => {
  await tf.setBackend('cpu');
  network = new UViT({ ...sizes, seed: 1 });
  labeled = new UViT({ ...sizes, seed: 2, classes: 10 });
  // A network makes its weights when they are first asked for.
  network.variables();
  labeled.variables();
  const { train } = digitSplits();
  images = await train.batch([3, 1, 4, 15, 9]);
});
afterAll(() => {
  network.dispose();
  labeled.dispose();
});
beforeEach(() => {
  const before = tf.memory().numTensors;
  return () => expect(tf.memory().numTensors).toBe(before);
});

/** x + sigma n with the noise of each image by its position, in plain numbers, one pass, read out: what the call stands for. */
async function byHand(of: UViT, sigma: number, noiseKey: Key, first: number, conditions = {}, diffusion = edm()) {
  const [count, ...image] = images.shape;
  const noisy = new Float32Array(images.x.length);
  for (let i = 0; i < count; i++) {
    const n = normalArray(foldIn(noiseKey, first + i), 64);
    for (let p = 0; p < 64; p++) {
      noisy[64 * i + p] = Math.fround(images.x[64 * i + p] + Math.fround(Math.fround(sigma) * n[p]));
    }
  }
  const found = tf.tidy(() =>
    readFeatures(of, diffusion, tf.tensor4d(noisy, [count, ...image]), sigma, taps, conditions),
  );
  const rows = Object.fromEntries(taps.map((tap) => [tap, { rows: found[tap].dataSync(), dims: found[tap].shape[1] }]));
  tf.dispose(found);
  return rows;
}

describe('networkFeatures', () => {
  it('is noise by key and position, one pass for all taps, and a row per image', async () => {
    const features = networkFeatures(network, edm(), { taps });
    expect(await features(images, 0.3, noise, 20)).toEqual(await byHand(network, 0.3, noise, 20));
    expect(await features(images, 0.3, noise, 21)).not.toEqual(await byHand(network, 0.3, noise, 20));
    const other = networkFeatures(network, vp(), { taps });
    expect(await other(images, 2, key(8), 0)).toEqual(await byHand(network, 2, key(8), 0, {}, vp()));
  });

  it('makes one pass of the network, whatever the number of taps', async () => {
    let passes = 0;
    const counted = new Proxy(network, {
      get(of, name) {
        const value: unknown = Reflect.get(of, name, of);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          if (name === 'forward') passes++;
          return Reflect.apply(value, of, given) as unknown;
        };
      },
    });
    await networkFeatures(counted, edm(), { taps })(images, 0.3, noise, 0);
    expect(passes).toBe(1);
  });

  it('takes all taps of the network unless told otherwise', async () => {
    expect(Object.keys(await networkFeatures(network, edm())(images, 0.3, noise, 0))).toEqual([...network.tapNames()]);
  });

  it('gives an image the same row in any batch', async () => {
    const features = networkFeatures(network, edm(), { taps: ['mid'] });
    const { mid } = await features(images, 0.3, noise, 10);
    const alone = { ...images, x: images.x.slice(64 * 3, 64 * 4), shape: [1, 8, 8, 1] as const };
    const one = (await features(alone, 0.3, noise, 13)).mid;
    one.rows.forEach((value, i) => expect(value).toBeCloseTo(mid.rows[3 * mid.dims + i], 5));
    expect(one.dims).toBe(8);
  });

  it('takes bytes for pixels in [-1, 1]', async () => {
    const features = networkFeatures(network, edm(), { taps: ['mid'] });
    const bytes = { ...images, x: Uint8Array.from(signedToBytes(images.x as Float32Array)) };
    const pixels = { ...images, x: Float32Array.from(bytes.x, (level) => level / 127.5 - 1) };
    expect(await features(bytes, 0.3, noise, 0)).toEqual(await features(pixels, 0.3, noise, 0));
  });

  it('reads with other weights than the network’s own, and gives these back', async () => {
    const own = network.variables();
    const weights = Object.fromEntries(Object.entries(own).map(([name, value]) => [name, tf.mul(value, 1.5)]));
    const plain = await networkFeatures(network, edm(), { taps })(images, 0.3, noise, 0);
    const averaged = await networkFeatures(network, edm(), { taps, weights })(images, 0.3, noise, 0);
    expect(averaged).toEqual(await byHand(network, 0.3, noise, 0, { weights }));
    expect(averaged).not.toEqual(plain);
    expect(await networkFeatures(network, edm(), { taps })(images, 0.3, noise, 0)).toEqual(plain);
    tf.dispose(weights);
  });

  it('passes without a class, with one class for all, or with the class of each image', async () => {
    const read = (options = {}) => networkFeatures(labeled, edm(), { taps, ...options })(images, 0.3, noise, 0);
    const none = await read();
    expect(none).toEqual(await byHand(labeled, 0.3, noise, 0));
    const third = await read({ label: 3 });
    expect(third).toEqual(await byHand(labeled, 0.3, noise, 0, { label: [3, 3, 3, 3, 3] }));
    expect(third).not.toEqual(none);
    const own = await read({ label: ({ label }: Batch) => label! });
    expect(own).toEqual(await byHand(labeled, 0.3, noise, 0, { label: images.label }));
    expect(own).not.toEqual(third);
    expect(await read({ label: 0 })).not.toEqual(none);
  });

  it('pools as it is told, tap by tap', async () => {
    const pool = (feature: tf.Tensor, tap: string) =>
      (tap === 'mid' ? tf.max(feature, 1) : tf.mean(feature, 2)) as tf.Tensor2D;
    const found = await networkFeatures(network, edm(), { taps, pool })(images, 0.3, noise, 0);
    expect(found).toEqual(await byHand(network, 0.3, noise, 0, { pool }));
    expect(taps.map((tap) => found[tap].dims)).toEqual([5, 8, 5]);
  });

  it('encodes before it adds noise: to 2x2 codes here', async () => {
    const small = new UViT({ image: [2, 2, 1], patch: 1, width: 8, depth: 2, heads: 2, seed: 3 });
    const encode = (x: tf.Tensor4D) => tf.avgPool(x, 4, 4, 'valid');
    const codes = tf.tidy(() => encode(tf.tensor4d(images.x as Float32Array, [...images.shape])).dataSync<'float32'>());
    const features = networkFeatures(small, edm(), { taps: ['mid'], encode });
    const direct = networkFeatures(small, edm(), { taps: ['mid'] });
    const { mid } = await features(images, 0.3, noise, 0);
    const { mid: same } = await direct({ x: codes.slice(), shape: [5, 2, 2, 1] }, 0.3, noise, 0);
    expect(Array.from(mid.rows)).toEqual(Array.from(same.rows));
    small.dispose();
  });

  it('is probed as it stands, by a grid that does not depend on the batch size', async () => {
    const { train, validation, test } = digitSplits();
    const splits = {
      train: subset(train, { to: 60 }),
      validation: subset(validation, { to: 20 }),
      test: subset(test, { to: 20 }),
    };
    const features = networkFeatures(network, edm(), { taps: ['mid'] });
    const run = (batchSize: number) =>
      linearProbeGrid({ features, splits, sigmas: [0.1], key: key(3), batchSize, probe: { l2: [0.1] } });
    const [small, large] = [await run(7), await run(100)];
    expect(small.cells.map((cell) => cell.testAccuracy)).toEqual(large.cells.map((cell) => cell.testAccuracy));
    expect(small.best).toMatchObject({ tap: 'mid', sigma: 0.1 });
  });

  it('refuses taps, classes, noise levels, pools and images that do not fit, and leaves no tensor behind', async () => {
    const read = (options = {}, sigma = 0.3, batch = images, of = network) =>
      networkFeatures(of, edm(), { taps, ...options })(batch, sigma, noise, 0);
    await expect(read({ taps: ['mid', 'out.9'] })).rejects.toThrow(/in\.0, mid, out\.0.*got "out\.9"/);
    expect(() => networkFeatures(network, edm(), { taps: [] })).toThrow(
      'networkFeatures: taps must be at least one name of a tap, got []',
    );
    expect(() => networkFeatures(network, edm(), { taps: 'mid' as never })).toThrow(/taps must be at least one name/);
    expect(() => networkFeatures(network, edm(), { label: 0.5 })).toThrow(/label must be a class .* got 0.5/);
    await expect(read({ label: () => [1, 2] }, 0.3, images, labeled)).rejects.toThrow(/label must be 5 classes/);
    await expect(read({}, 0)).rejects.toThrow(/sigma must be a finite number > 0, got 0/);
    await expect(read({ pool: (feature: tf.Tensor) => tf.clone(feature) })).rejects.toThrow(
      /pool\(in.0\) must be of shape \[5, D\]/,
    );
    await expect(read({}, 0.3, { ...images, x: images.x.subarray(1) })).rejects.toThrow(
      'networkFeatures: x must be of length 320, as its shape [5, 8, 8, 1] says, got 319',
    );
  });
});
