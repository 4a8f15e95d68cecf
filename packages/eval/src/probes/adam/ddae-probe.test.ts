import { foldIn, key, normalArray } from '@diptych/core';
import { arrayDataset, digitSplits, sequentialBatches, subset } from '@diptych/data';
import { describe, expect, it } from 'vitest';
import { ddaeProbe } from './ddae-probe.ts';
import { ddaeProbeGrid } from './ddae-probe-grid.ts';
import { flipCrop } from '../parts/flip-crop.ts';
import { linearProbe } from '../linear/linear-probe.ts';
import type { TapFeatures } from '../grid/tap-features.ts';

const whole = digitSplits();
const splits = {
  train: subset(whole.train, { to: 400 }),
  validation: subset(whole.validation, { to: 100 }),
  test: subset(whole.test, { to: 100 }),
};
const rowsOf = async (data: typeof whole.train) => {
  const batch = await data.batch(Uint32Array.from({ length: data.length }, (_, i) => i));
  return { rows: Float32Array.from(batch.x), dims: 64, labels: batch.label! };
};

/** Two taps: pixels with noise, and their four quadrant means. */
const features: TapFeatures = (images, sigma, noiseKey, first) => {
  const count = images.shape[0];
  const noise = normalArray(foldIn(noiseKey, first), count * 64);
  const pixels = Float32Array.from(images.x, (value, i) => value + sigma * noise[i]);
  const coarse = new Float32Array(count * 4);
  pixels.forEach((value, i) => (coarse[(i >> 6) * 4 + ((i >> 5) & 1) * 2 + ((i >> 2) & 1)] += value / 16));
  return { pixels: { rows: pixels, dims: 64 }, quadrants: { rows: coarse, dims: 4 } };
};

describe('ddaeProbe', () => {
  it('nears the converged probe with many epochs, and carries its protocol and key', async () => {
    const parts = {
      train: await rowsOf(splits.train),
      validation: await rowsOf(splits.validation),
      test: await rowsOf(splits.test),
    };
    const short = ddaeProbe(parts, { key: key(0) });
    expect(short.protocol).toEqual({
      name: 'ddae',
      optimizer: 'adam',
      learningRate: 1e-3,
      epochs: 15,
      batchSize: 128,
      augmentation: 'none',
      batchNorm: false,
    });
    expect(short.key).toEqual(key(0));
    expect(short.trainLoss).toHaveLength(15);
    const long = ddaeProbe(parts, { key: key(0), epochs: 60, learningRate: 1e-2, batchSize: 64 });
    const converged = linearProbe(parts, { l2: [1e-3], standardize: false });
    expect(long.trainLoss.at(-1)).toBeLessThan(short.trainLoss.at(-1)!);
    expect(Math.abs(long.testAccuracy - converged.testAccuracy)).toBeLessThanOrEqual(0.04);
    expect(ddaeProbe(parts, { key: key(0) })).toEqual(short);
    expect(ddaeProbe(parts, { key: key(1) }).trainLoss).not.toEqual(short.trainLoss);
  });

  it('depends on the scale of the rows, unless they are batch-normalized', async () => {
    const part = async (data: typeof whole.train, scale: number) => {
      const { rows, ...rest } = await rowsOf(data);
      return { ...rest, rows: rows.map((value) => value * scale) };
    };
    const accuracy = async (scale: number, batchNorm: boolean) => {
      const [train, validation, test] = [
        await part(splits.train, scale),
        await part(splits.validation, scale),
        await part(splits.test, scale),
      ];
      return ddaeProbe({ train, validation, test }, { key: key(0), batchNorm }).testAccuracy;
    };
    expect(await accuracy(0.01, false)).toBeLessThan((await accuracy(1, false)) - 0.2);
    expect(Math.abs((await accuracy(0.25, true)) - (await accuracy(1, true)))).toBeLessThanOrEqual(0.02);
  });

  it('refuses settings that are none and parts that do not fit', async () => {
    const train = await rowsOf(splits.train);
    const parts = { train, validation: train, test: train };
    const options = { key: key(0) };
    expect(() => ddaeProbe(parts, { ...options, epochs: 0 })).toThrow(/ddaeProbe: epochs must be a positive integer/);
    expect(() => ddaeProbe(parts, { ...options, learningRate: 0 })).toThrow(/learningRate/);
    expect(() => ddaeProbe(parts, { ...options, batchSize: 1.5 })).toThrow(/batchSize/);
    expect(() => ddaeProbe({ ...parts, test: { ...train, dims: 32 } }, options)).toThrow(/test.dims must be 64/);
    const broken = { ...train, rows: train.rows.slice().fill(NaN, 64, 65) };
    expect(() => ddaeProbe({ ...parts, validation: broken }, options)).toThrow(/row 1 of validation/);
    const one = { ...train, labels: new Int32Array(400).fill(2) };
    expect(() => ddaeProbe({ ...parts, train: one }, { ...options, classes: 10 })).toThrow(/at least two classes/);
  });
});

describe('ddaeProbeGrid', () => {
  it('trains a layer per tap and noise level on the same augmented images, and chooses by validation', async () => {
    const seen: string[] = [];
    const counted = { augmented: 0, passes: 0 };
    const grid = await ddaeProbeGrid({
      features: (...rest) => {
        counted.passes++;
        return features(...rest);
      },
      splits,
      sigmas: [0.01, 3],
      key: key(1),
      epochs: 3,
      learningRate: 1e-2,
      batchSize: 100,
      augmentation: {
        name: 'counted',
        apply: (images) => {
          counted.augmented++;
          return images;
        },
      },
      onProgress: ({ epoch, epochs }) => seen.push(`${epoch}/${epochs}`),
    });
    expect(seen).toEqual(['1/3', '2/3', '3/3']);
    // 3 epochs of 4 batches augmented once; each passes once per noise level; then one batch of each other part.
    expect(counted).toEqual({ augmented: 12, passes: 24 + 4 });
    expect(grid.cells.map(({ tap, sigma }) => [tap, sigma])).toEqual([
      ['pixels', 0.01],
      ['pixels', 3],
      ['quadrants', 0.01],
      ['quadrants', 3],
    ]);
    expect(grid.best.validationAccuracy).toBe(Math.max(...grid.cells.map((cell) => cell.validationAccuracy)));
    expect(grid.best).toMatchObject({ tap: 'pixels', sigma: 0.01 });
    expect(grid.best.testAccuracy).toBeGreaterThan(grid.cells[1].testAccuracy + 0.2);
    expect(grid.protocol).toMatchObject({ name: 'ddae', augmentation: 'counted', epochs: 3 });
    expect(grid.splits.train).toEqual({ name: 'digits train', length: 400 });
    const [first, , last] = grid.best.trainLoss;
    expect(last).toBeLessThan(first);
  });

  it('without noise and augmentation is ddaeProbe on the features, to the accuracy of its draws', async () => {
    const grid = await ddaeProbeGrid({ features, splits, sigmas: [0], key: key(1), augmentation: null });
    const alone = ddaeProbe(
      {
        train: await rowsOf(splits.train),
        validation: await rowsOf(splits.validation),
        test: await rowsOf(splits.test),
      },
      { key: key(1) },
    );
    expect(grid.protocol).toEqual(alone.protocol);
    expect(Math.abs(grid.cells[0].testAccuracy - alone.testAccuracy)).toBeLessThanOrEqual(0.05);
    expect(Math.abs(grid.cells[0].trainLoss.at(-1)! - alone.trainLoss.at(-1)!)).toBeLessThan(0.05);
  });

  it('draws new noise for the training images every epoch, and is repeated by its key', async () => {
    const keys = new Set<string>();
    const spied: TapFeatures = (images, sigma, noiseKey, first) => {
      keys.add(String(noiseKey));
      return features(images, sigma, noiseKey, first);
    };
    const options = { splits, sigmas: [0.5], key: key(4), epochs: 2, batchSize: 200 };
    const grid = await ddaeProbeGrid({ ...options, features: spied });
    expect(keys.size).toBe(4);
    expect(await ddaeProbeGrid({ ...options, features })).toEqual(grid);
    expect(grid.protocol.augmentation).toBe('flip, crop with 4 pixels of padding');
  });

  it('refuses missing labels, NaN, one class, and stops when told to', async () => {
    const options = { features, splits, sigmas: [0], key: key(1), epochs: 1 };
    const unlabeled = {
      ...splits.test,
      batch: async (indices: ArrayLike<number>) => ({ ...(await splits.test.batch(indices)), label: undefined }),
    };
    await expect(ddaeProbeGrid({ ...options, splits: { ...splits, test: unlabeled } })).rejects.toThrow(
      /has no labels/,
    );
    const broken: TapFeatures = (images) => ({ mid: { rows: new Float32Array(images.shape[0]).fill(NaN), dims: 1 } });
    await expect(ddaeProbeGrid({ ...options, features: broken })).rejects.toThrow(/row 0 of features of mid/);
    const { label } = await splits.train.batch(Uint32Array.from({ length: 400 }, (_, i) => i));
    const positions = Array.from(label!.keys());
    const zeros = subset(
      splits.train,
      positions.filter((i) => label![i] === 0),
    );
    await expect(ddaeProbeGrid({ ...options, splits: { ...splits, train: zeros } })).rejects.toThrow(
      /at least two classes/,
    );
    const noThrees = subset(
      splits.train,
      positions.filter((i) => label![i] !== 3),
    );
    const { warnings } = await ddaeProbeGrid({ ...options, splits: { ...splits, train: noThrees } });
    expect(warnings).toEqual([expect.stringMatching(/^train has no rows of 1 of 10 classes \(3\): \d+ of 100 test/)]);
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(ddaeProbeGrid({ ...options, signal: controller.signal })).rejects.toThrow('enough');
    await expect(ddaeProbeGrid({ ...options, sigmas: [NaN] })).rejects.toThrow(/sigmas/);
  });
});

describe('flipCrop', () => {
  const numbered = arrayDataset({
    x: Uint8Array.from({ length: 500 * 6 }, (_, i) => 1 + (i % 6)),
    shape: [2, 3, 1],
  });

  it('gives every move of the image, mirrored half the time, with black beyond', async () => {
    const counts = new Map<string, number>();
    for await (const batch of sequentialBatches(numbered, { batchSize: 500 })) {
      const { x, shape } = await flipCrop({ pad: 1 }).apply(batch, key(1));
      expect(shape).toEqual([500, 2, 3, 1]);
      for (let i = 0; i < 500; i++) {
        const image = Array.from(x.subarray(i * 6, i * 6 + 6)).join('');
        counts.set(image, (counts.get(image) ?? 0) + 1);
      }
    }
    // Down or up by 1 or not, right or left by 1 or not, mirrored or not.
    const moves = ['123456', '321654', '000123', '000321', '456000', '654000', '012045', '032065', '230560', '210540'];
    moves.push('000012', '000032', '045000', '065000', '000230', '000210', '560000', '540000');
    expect([...counts.keys()].sort()).toEqual(moves.sort());
    for (const count of counts.values()) expect(count).toBeGreaterThan(10);
  });

  it('fills float images with -1, keeps labels, and with pad 0 only mirrors', async () => {
    const x = new Float32Array(100 * 4).fill(0.5);
    const batch = { x, shape: [100, 2, 2, 1] as const, label: new Int32Array(100).fill(3) };
    const moved = await flipCrop({ pad: 1 }).apply(batch, key(1));
    expect(new Set(moved.x)).toEqual(new Set([0.5, -1]));
    expect(moved.label).toBe(batch.label);
    expect(new Set((await flipCrop({ pad: 0 }).apply(batch, key(1))).x)).toEqual(new Set([0.5]));
    expect(() => flipCrop({ pad: -1 })).toThrow(/pad must be an integer >= 0, got -1/);
  });
});
