import { key } from '@diptych/core';
import type { Batch } from '@diptych/core';
import { describe, expect, it } from 'vitest';
import { edmAugmentation } from '../augment/edm-augmentation.ts';
import { centerCropResize } from '../../images/center-crop-resize.ts';
import { bytesToSigned, signedToBytes } from '../../images/pixels.ts';
import { decodePng } from '../../images/decode/decode-png.ts';
import { beside } from '../../images/side-by-side.ts';
import { contactSheet } from '../../images/contact-sheet.ts';
import { encodePng } from '../../images/encode-png.ts';
import type { Raster } from '../../images/raster.ts';
import { colorJitter } from './color-jitter.ts';
import { centerCrop, randomCrop } from './crop.ts';
import { dinoViews } from './dino-views.ts';
import { gaussianBlur } from './gaussian-blur.ts';
import { grayscale } from './grayscale.ts';
import type { ImageTransform } from './image-transform.ts';
import { randomFlip } from './random-flip.ts';
import { randomResizedCrop } from './random-resized-crop.ts';
import { simclrViews } from './simclr-views.ts';
import { solarize } from './solarize.ts';
import { views } from './views.ts';

const side = 6;
const level = (p: number, c: number) => (p * 37 + c * 91) % 256;
const levelsOf = (channels: number) =>
  Uint8Array.from({ length: side * side * channels }, (_, i) => level(Math.floor(i / channels), i % channels));
const batchOf = (channels: number): Batch => ({ x: levelsOf(channels), shape: [1, side, side, channels] });
const rasterOf = (channels: number): Raster => ({
  data: Uint8ClampedArray.from(levelsOf(channels)),
  width: side,
  height: side,
  channels: channels as 4,
});
const channel = ({ x, shape }: Batch, c: number) => Array.from(x).filter((_, i) => i % shape[3] === c);
/** The first view that a transform makes of an image. */
const viewed = (transform: ImageTransform) => (batch: Batch) => views([transform]).apply(batch, key(7)).views![0];

/** Operations to which a channel is a picture: each must come out as if it were alone. */
const apart: Record<string, (batch: Batch) => Batch> = {
  views: viewed((image) => image),
  centerCrop: viewed(centerCrop(4)),
  randomCrop: viewed(randomCrop(6, { padding: 2 })),
  randomResizedCrop: viewed(randomResizedCrop(5)),
  randomFlip: viewed(randomFlip(1)),
  gaussianBlur: viewed(gaussianBlur({ sigma: [1, 1] })),
  edmAugmentation: (batch) => edmAugmentation({ probability: 1 }).apply(batch, key(7)),
  'signedToBytes of bytesToSigned': (batch) => ({ ...batch, x: signedToBytes(bytesToSigned(batch.x)) }),
};

/** Operations with a meaning for grey and for RGB alone. */
const ofColors: Record<string, (batch: Batch) => unknown> = {
  colorJitter: viewed(colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 })),
  'colorJitter that leaves all out': viewed(colorJitter({})),
  grayscale: viewed(grayscale),
  solarize: viewed(solarize()),
  dinoViews: (batch) => dinoViews({ size: 4, locals: 1, localSize: 3 }).apply(batch, key(0)).views![0],
  simclrViews: (batch) => simclrViews({ size: 4 }).apply(batch, key(0)).views![0],
};

describe.each([1, 2, 3, 4, 5])('an image of %i channels', (channels) => {
  it.each(Object.entries(apart))('goes through %s channel by channel', (_, change) => {
    const together = change(batchOf(channels));
    expect(together.shape[3]).toBe(channels);
    for (let c = 0; c < channels; c++) {
      const alone = { x: Uint8Array.from(channel(batchOf(channels), c)), shape: [1, side, side, 1] as const };
      expect(channel(together, c)).toEqual(Array.from(change(alone).x));
    }
  });

  it.each(Object.entries(ofColors))('is right for %s, or refused by its name', (name, change) => {
    const [operation] = name.split(' ');
    if (channels !== 1 && channels !== 3) {
      const refusal = new RegExp(`${operation}: .*shape\\[.\\]|${operation}: .*must be 1 \\(grey\\) or 3`);
      // Whatever the key: none of them is refused only now and then.
      expect(() => change(batchOf(channels))).toThrow(refusal);
      expect(() => change(batchOf(channels))).toThrow(`got ${channels}`);
      return;
    }
    const { x } = change(batchOf(channels)) as Batch;
    expect(x.every((pixel) => pixel >= -1 && pixel <= 1)).toBe(true);
    // A grey image has the look of an RGB image of three equal channels.
    if (channels === 3) return;
    const tripled = { x: Uint8Array.from({ length: 3 * 36 }, (_, i) => level(Math.floor(i / 3), 0)) };
    const colored = change({ ...tripled, shape: [1, side, side, 3] }) as Batch;
    for (let c = 0; c < 3; c++) {
      expect(channel(colored, c).every((pixel, i) => Math.abs(pixel - x[i]) < 1e-5)).toBe(true);
    }
  });

  it('is written to PNG and read back, fitted, and drawn, or refused by name', () => {
    const raster = rasterOf(channels);
    if (channels > 4) {
      expect(() => encodePng(raster)).toThrow(/encodePng: channels must be one of 1, 2, 3, 4, got 5/);
      expect(() => centerCropResize(3)(raster)).toThrow(
        /centerCropResize: image.channels must be one of 1, 2, 3, 4, got 5/,
      );
    } else {
      expect(decodePng(encodePng(raster))).toEqual(raster);
      expect(centerCropResize(side)(raster)).toEqual(raster);
    }
    if (channels === 4) expect(beside([raster])).toEqual(raster);
    else expect(() => beside([raster])).toThrow(/beside: channels must be 4/);
    const draw = () => contactSheet(batchOf(channels), { scale: 1, margin: 0, background: [0, 0, 0] });
    if (channels === 2 || channels > 4) {
      expect(draw).toThrow(`contactSheet: channels must be one of 1, 3, 4, got ${channels}`);
      return;
    }
    const drawn = draw();
    for (let i = 0; i < 36 * 4; i++) {
      const [p, c] = [Math.floor(i / 4), i % 4];
      const alpha = channels === 4 ? level(p, 3) / 255 : 1;
      const seen = c === 3 ? 255 : level(p, channels === 1 ? 0 : c) * alpha;
      expect(Math.abs(drawn.data[i] - seen)).toBeLessThanOrEqual(0.5);
    }
  });
});
