import { key, normalArray } from '@diptych/core';
import { digitSplits, subset } from '@diptych/data';
import { describe, expect, it } from 'vitest';
import { linearProbe } from '../linear/linear-probe.ts';
import { linearProbeGrid } from './linear-probe-grid.ts';
import type { TapFeatures } from './tap-features.ts';

const { train, validation, test } = digitSplits();
const splits = {
  train: subset(train, { to: 200 }),
  validation: subset(validation, { to: 80 }),
  test: subset(test, { to: 80 }),
};
const probe = { l2: [1e-2] };

/** Two taps: pixels with noise, and their four quadrant means. Noise of image i depends on the key and i alone. */
const features: TapFeatures = (images, sigma, noiseKey, first) => {
  const count = images.shape[0];
  const noise = normalArray(noiseKey, (first + count) * 64).subarray(first * 64);
  const pixels = Float32Array.from(images.x, (value, i) => value + sigma * noise[i]);
  const coarse = new Float32Array(count * 4);
  pixels.forEach((value, i) => (coarse[(i >> 6) * 4 + ((i >> 5) & 1) * 2 + ((i >> 2) & 1)] += value / 16));
  return { pixels: { rows: pixels, dims: 64 }, quadrants: { rows: coarse, dims: 4 } };
};

describe('linearProbeGrid', () => {
  it('probes every tap at every noise level and chooses the best by validation', async () => {
    const seen: string[] = [];
    const grid = await linearProbeGrid({
      features,
      splits,
      sigmas: [0.01, 3],
      key: key(1),
      probe,
      onProgress: ({ done, cells, cell }) => seen.push(`${done}/${cells} ${cell.tap} ${cell.sigma}`),
    });
    expect(seen).toEqual(['1/4 pixels 0.01', '2/4 quadrants 0.01', '3/4 pixels 3', '4/4 quadrants 3']);
    expect(grid.taps).toEqual(['pixels', 'quadrants']);
    expect(grid.cells.map(({ tap, sigma }) => [tap, sigma])).toEqual([
      ['pixels', 0.01],
      ['pixels', 3],
      ['quadrants', 0.01],
      ['quadrants', 3],
    ]);
    expect(grid.best).toBe(grid.cells[0]);
    expect(grid.best.validationAccuracy).toBe(Math.max(...grid.cells.map((cell) => cell.validationAccuracy)));
    const [clean, noisy, coarse] = grid.cells;
    expect(clean.testAccuracy).toBeGreaterThan(0.75);
    expect(noisy.testAccuracy).toBeLessThan(0.5);
    expect(coarse.testAccuracy).toBeLessThan(0.5);
    expect(grid.protocol).toMatchObject({ name: 'converged', l2: [1e-2] });
  });

  it('at noise 0 is the linear probe of the features, whatever the batch size', async () => {
    const run = (batchSize: number) =>
      linearProbeGrid({ features, splits, sigmas: [0], key: key(1), probe, batchSize });
    const part = async (data: typeof train) => {
      const { x, label } = await data.batch(Uint32Array.from({ length: data.length }, (_, i) => i));
      return { rows: x as Float32Array, dims: 64, labels: label! };
    };
    const alone = linearProbe(
      { train: await part(splits.train), validation: await part(splits.validation), test: await part(splits.test) },
      probe,
    );
    const [small, large] = [await run(37), await run(1000)];
    expect(small.cells).toEqual(large.cells);
    expect(small.cells[0].testAccuracy).toBe(alone.testAccuracy);
  });

  it('gives each noise level and part its own noise, and repeats it for the same key', async () => {
    const keys = new Set<string>();
    const spied: TapFeatures = (images, sigma, noiseKey, first) => {
      keys.add(`${sigma} ${String(noiseKey)}`);
      return features(images, sigma, noiseKey, first);
    };
    const first = await linearProbeGrid({ features: spied, splits, sigmas: [1, 2], key: key(4), probe });
    expect(keys.size).toBe(6);
    expect(await linearProbeGrid({ features, splits, sigmas: [1, 2], key: key(4), probe })).toEqual(first);
  });

  it('stops when told to', async () => {
    const controller = new AbortController();
    const run = linearProbeGrid({
      features,
      splits,
      sigmas: [0, 1],
      key: key(1),
      probe,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(run).rejects.toThrow('enough');
  });

  it('refuses data without labels, NaN features and taps that come and go', async () => {
    const options = { features, splits, sigmas: [0], key: key(1), probe };
    const unlabeled = {
      ...splits.test,
      batch: async (indices: ArrayLike<number>) => ({ ...(await splits.test.batch(indices)), label: undefined }),
    };
    await expect(linearProbeGrid({ ...options, splits: { ...splits, test: unlabeled } })).rejects.toThrow(
      /has no labels/,
    );
    const broken: TapFeatures = (images) => ({ mid: { rows: new Float32Array(images.shape[0]).fill(NaN), dims: 1 } });
    await expect(linearProbeGrid({ ...options, features: broken })).rejects.toThrow(/row 0 of features of mid/);
    const short: TapFeatures = () => ({ mid: { rows: new Float32Array(3), dims: 1 } });
    await expect(linearProbeGrid({ ...options, features: short })).rejects.toThrow(/200 rows, one per image, got 3/);
    const fickle: TapFeatures = (images, sigma) => ({
      [`tap ${sigma}`]: { rows: new Float32Array(images.shape[0]), dims: 1 },
    });
    await expect(linearProbeGrid({ ...options, sigmas: [0, 1], features: fickle })).rejects.toThrow(
      /same taps at every noise level/,
    );
    const late: TapFeatures = (images, _sigma, _key, first) => ({
      mid: { rows: new Float32Array(images.shape[0]), dims: 1 },
      ...(first > 0 && { late: { rows: new Float32Array(images.shape[0]), dims: 1 } }),
    });
    await expect(linearProbeGrid({ ...options, batchSize: 100, features: late })).rejects.toThrow(/late/);
    await expect(linearProbeGrid({ ...options, sigmas: [] })).rejects.toThrow(/sigmas/);
    await expect(linearProbeGrid({ ...options, sigmas: [-1] })).rejects.toThrow(/sigmas/);
  });
});
