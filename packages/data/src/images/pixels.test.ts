import { key } from '@diptych/core';
import type { Batch } from '@diptych/core';
import { describe, expect, it } from 'vitest';
import { edmAugmentation } from '../transforms/augment/edm-augmentation.ts';
import { arrayDataset } from '../dataset/array-dataset.ts';
import { batches } from '../dataset/batches.ts';
import { checkBatch } from '../dataset/check-batch.ts';
import { inspect } from '../inspect/inspect.ts';
import { contactSheet } from './contact-sheet.ts';
import { encodePng } from './encode-png.ts';
import { simclrViews } from '../transforms/views/simclr-views.ts';
import { centerCropResize } from './center-crop-resize.ts';
import { bytesToSigned, signedToBytes } from './pixels.ts';

const shape = [1, 2, 2, 1] as const;
const levels: Batch = { x: Float32Array.of(0, 10, 128, 255), shape };
const custom = { name: 'own', length: 1, shape: [2, 2, 1] as const, batch: () => ({ ...levels }) };

describe('levels 0..255 as floats', () => {
  it.each<[string, () => unknown]>([
    ['arrayDataset', () => arrayDataset({ x: levels.x, shape: [2, 2, 1] })],
    ['checkBatch', () => checkBatch(levels)],
    ['contactSheet', () => contactSheet(levels)],
    ['edmAugmentation', () => edmAugmentation().apply(levels, key(0))],
    ['simclrViews', () => simclrViews({ size: 2 }).apply(levels, key(0))],
    ['batches', () => batches(custom, { batchSize: 1, key: key(0) }).at(0)],
    ['inspect', () => inspect(custom)],
  ])('are refused by %s, with the remedy', async (_, take) => {
    const rule = /must be in \[-1, 1\] if they are floats: levels 0..255 go into a Uint8Array.*and 255/;
    await expect((async () => take())()).rejects.toThrow(rule);
  });

  it('are not what samples beyond white, latents and points are', () => {
    for (const x of [
      [0, 0.5, 1, 1.8],
      [-4, 0, 3, 250],
    ]) {
      expect(() => checkBatch({ x: Float32Array.from(x), shape })).not.toThrow();
    }
    expect(() => checkBatch({ x: Float32Array.of(0, 7), shape: [1, 1, 1, 2] })).not.toThrow();
  });
});

describe('what is no pixel and no level by its type or range', () => {
  it('is refused by signedToBytes, bytesToSigned and contactSheet', () => {
    expect(() => signedToBytes(Uint8Array.of(0, 255))).toThrow(
      /signedToBytes: x must be floats in \[-1, 1\], got "Uint8Array"/,
    );
    expect(() => signedToBytes(Int32Array.of(0, 255))).toThrow(/"Int32Array"/);
    expect(() => bytesToSigned([0, 256])).toThrow(/bytesToSigned: levels\[1\] must be in 0..255, got 256/);
    expect(() => bytesToSigned([-1])).toThrow(/levels\[0\]/);
    expect(() => bytesToSigned([NaN])).toThrow(/levels\[0\]/);
    const x = Int32Array.of(0, 1, 2, 255) as unknown as Float32Array;
    expect(() => contactSheet({ x, shape })).toThrow(/contactSheet: x must be a Float32Array or a Uint8Array/);
  });

  it('is refused by encodePng and centerCropResize', () => {
    const data = Float32Array.of(0, 0.5, 1, -1) as unknown as Uint8ClampedArray<ArrayBuffer>;
    const raster = { data, width: 2, height: 2, channels: 1 as const };
    expect(() => encodePng(raster)).toThrow(/encodePng: data must be a Uint8ClampedArray of levels 0..255/);
    expect(() => centerCropResize(1)(raster)).toThrow(
      /centerCropResize: image.data must be a Uint8ClampedArray of levels 0..255/,
    );
  });

  it('but the levels of a canvas are levels', () => {
    const bytes = Uint8Array.of(0, 10, 128, 255);
    const x = Uint8ClampedArray.from(bytes) as unknown as Uint8Array;
    expect(contactSheet({ x, shape }).data).toEqual(contactSheet({ x: bytes, shape }).data);
  });
});

describe('signedToBytes and bytesToSigned', () => {
  it('take all 256 levels back to themselves', () => {
    const levels = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(signedToBytes(bytesToSigned(levels))).toEqual(levels);
  });

  it('round half up and clip', () => {
    expect(Array.from(signedToBytes([-3, -1, -0.5 / 127.5, 0, 0.49 / 127.5, 1, 7]))).toEqual([
      0, 0, 127, 128, 128, 255, 255,
    ]);
  });

  it('refuse NaN, naming the place', () => {
    expect(() => signedToBytes([0, NaN])).toThrow(/x\[1\] must be a number/);
  });
});
