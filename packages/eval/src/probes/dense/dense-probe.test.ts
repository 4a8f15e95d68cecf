import { foldIn, key, normalArray } from '@diptych/core';
import { integers } from '@diptych/core/random';
import { describe, expect, it } from 'vitest';
import { denseProbe } from './dense-probe.ts';
import type { DenseRows } from './dense-probe.ts';
import { segmentationScore } from './segmentation-score.ts';

/** Images of 8 x 8 pixels in 4 x 4 patches, each half of which is of one of three classes; features tell it with noise. */
function images(seed: number, count: number, noise: number): DenseRows {
  const masks = new Uint8Array(count * 64);
  const z = normalArray(foldIn(key(9), seed), count * 16 * 5);
  const sides = integers(foldIn(key(8), seed), count * 2, 3);
  const rows = Float32Array.from(z, (value) => value * noise);
  for (let i = 0; i < count; i++) {
    for (let pixel = 0; pixel < 64; pixel++) masks[i * 64 + pixel] = sides[2 * i + (pixel % 8 < 4 ? 0 : 1)];
    for (let patch = 0; patch < 16; patch++) rows[(i * 16 + patch) * 5 + sides[2 * i + (patch % 4 < 2 ? 0 : 1)]] += 1;
  }
  return { rows, dims: 5, grid: [4, 4], masks, size: [8, 8] };
}

describe('segmentationScore', () => {
  it('is intersection over union by class, its mean over those that occur, and the share of right pixels', () => {
    const { iou, meanIou, pixelAccuracy } = segmentationScore([6, 2, 0, 1, 3, 0, 0, 0, 0]);
    expect(iou[0]).toBeCloseTo(6 / 9, 15);
    expect(iou[1]).toBeCloseTo(3 / 6, 15);
    expect(iou[2]).toBeNaN();
    expect(meanIou).toBeCloseTo((6 / 9 + 3 / 6) / 2, 15);
    expect(pixelAccuracy).toBeCloseTo(9 / 12, 15);
    expect(() => segmentationScore([1, 2])).toThrow(/square/);
    expect(() => segmentationScore([0, 0, 0, 0])).toThrow(/at least one pixel/);
  });
});

describe('denseProbe', () => {
  it('is right everywhere where the features tell the class, and worse the noisier they are', () => {
    const run = (noise: number) =>
      denseProbe({ train: images(1, 40, noise), validation: images(2, 20, noise), test: images(3, 20, noise) });
    const [clear, noisy] = [run(0.01), run(1)];
    expect(clear.test.meanIou).toBe(1);
    expect(clear.test.pixelAccuracy).toBe(1);
    expect(noisy.test.meanIou).toBeLessThan(0.9);
    expect(noisy.test.meanIou).toBeGreaterThan(0.3);
    expect(clear.counts).toEqual({ train: 40, validation: 20, test: 20 });
    expect(clear.confusion.reduce((a, b) => a + b)).toBe(20 * 64);
    expect(noisy.validationMeanIou).toBe(Math.max(...noisy.trials.map((trial) => trial.validationMeanIou)));
    expect(clear.protocol).toMatchObject({ name: 'dense-converged', upsampling: 'bilinear' });
  });

  it('leaves pixels of class 255 out of training and score', () => {
    const [train, validation, test] = [images(1, 40, 0.01), images(2, 20, 0.01), images(3, 20, 0.01)];
    train.masks.fill(255, 0, 64); // a whole image
    test.masks.fill(255, 0, 32);
    const result = denseProbe({ train, validation, test });
    expect(result.ignoredPatches).toBe(16);
    expect(result.confusion.reduce((a, b) => a + b)).toBe(20 * 64 - 32);
    expect(result.test.meanIou).toBe(1);
  });

  it('puts the border between two patches half-way, as bilinear scores have it', () => {
    // One image: the left patch is of class 0, the right one of class 1; the mask has its border one pixel to the right.
    const [train, validation] = [images(1, 40, 0.01), images(2, 20, 0.01)];
    const rows = new Float32Array(16 * 5);
    for (let patch = 0; patch < 16; patch++) rows[patch * 5 + (patch % 4 < 2 ? 0 : 1)] = 1;
    const masks = Uint8Array.from({ length: 64 }, (_, pixel) => (pixel % 8 < 5 ? 0 : 1));
    const { test } = denseProbe({ train, validation, test: { rows, dims: 5, grid: [4, 4], masks, size: [8, 8] } });
    expect(test.pixelAccuracy).toBe(7 / 8);
    expect(Array.from(test.iou)).toEqual([4 / 5, 3 / 4, NaN]);
  });

  it('warns of classes that no training patch has', () => {
    const parts = { train: images(1, 40, 0.1), validation: images(2, 20, 0.1), test: images(3, 20, 0.1) };
    expect(denseProbe(parts, { classes: 5 }).warnings).toEqual([
      'no training patch is mostly of 2 of 5 classes (3, 4)',
    ]);
  });

  it('refuses masks, grids and rows that do not fit', () => {
    const part = images(1, 4, 0.1);
    const run = (train: DenseRows, classes?: number) =>
      denseProbe({ train, validation: part, test: part }, { classes });
    expect(() => run({ ...part, masks: part.masks.slice(1) })).toThrow(
      /train.masks must be of length 256, one per pixel/,
    );
    expect(() => run({ ...part, grid: [3, 4] })).toThrow(/multiple of the grid 3 x 4/);
    expect(() => run({ ...part, rows: part.rows.slice(5) })).toThrow(/whole images of 16 patches, got 63/);
    expect(() => run(part, 2)).toThrow(/train.masks\[\d+\] must be an integer in 0 .. 1 or 255, got 2/);
    expect(() => run({ ...part, masks: part.masks.slice().fill(1) }, 3)).toThrow(/at least two classes/);
    expect(() => run({ ...part, rows: part.rows.slice().fill(NaN, 7, 8) })).toThrow(/row 1 of train/);
    expect(() => denseProbe({ train: part, validation: part, test: part }, { l2: [] })).toThrow(/l2/);
  });
});
