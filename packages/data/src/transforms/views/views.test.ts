import { foldIn, key } from '@diptych/core';
import { describe, expect, it } from 'vitest';
import { toBatch } from '../../dataset/to-batch.ts';
import { checkBatch } from '../../dataset/check-batch.ts';
import { digits } from '../../datasets/digits.ts';
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation } from './colors.ts';
import { colorJitter } from './color-jitter.ts';
import { centerCrop, randomCrop } from './crop.ts';
import { dinoViews } from './dino-views.ts';
import { gaussianBlur } from './gaussian-blur.ts';
import { grayscale } from './grayscale.ts';
import type { HostImage } from './image-transform.ts';
import { compose } from './compose.ts';
import { randomFlip } from './random-flip.ts';
import { cropBox, randomResizedCrop } from './random-resized-crop.ts';
import { simclrViews } from './simclr-views.ts';
import { solarize } from './solarize.ts';
import { randomApply } from './random-apply.ts';
import { views } from './views.ts';

const levels = [250, 20, 60, 10, 200, 90, 128, 127, 129, 5, 5, 5, 90, 160, 240, 255, 255, 0];
const image: HostImage = { data: Float32Array.from(levels, (level) => level / 255), shape: [3, 2, 3] };
const inLevels = ({ data }: HostImage) => Array.from(data, (level) => level * 255);
const furthest = (image: HostImage, target: number[]) =>
  Math.max(...inLevels(image).map((level, i) => Math.abs(level - target[i])));
const numbered = (height: number, width: number): HostImage => ({
  data: Float32Array.from({ length: height * width }, (_, i) => i),
  shape: [height, width, 1],
});

describe('colours', () => {
  // Pillow 13.0.0 cuts levels off to whole ones, and rounds the grey that it mixes with.
  it('are Pillow’s: brightness, contrast, saturation, grey, solarized', () => {
    const brighter = [255, 26, 78, 13, 255, 116, 166, 165, 167, 6, 6, 6, 116, 208, 255, 255, 255, 0];
    const flatter = [198, 60, 84, 54, 168, 102, 125, 125, 126, 51, 51, 51, 102, 144, 192, 201, 201, 48];
    const fuller = [255, 0, 43, 0, 234, 69, 128, 126, 129, 5, 5, 5, 61, 166, 255, 255, 255, 0];
    const grey = [93, 93, 93, 131, 131, 131, 128, 128, 128, 5, 5, 5, 148, 148, 148, 226, 226, 226];
    const solarized = [5, 20, 60, 10, 55, 90, 127, 127, 126, 5, 5, 5, 90, 95, 15, 0, 0, 0];
    expect(furthest(adjustBrightness(image, 1.3), brighter)).toBeLessThan(1.001);
    expect(furthest(adjustContrast(image, 0.6), flatter)).toBeLessThan(1.001);
    expect(furthest(adjustSaturation(image, 1.5), fuller)).toBeLessThan(1.3);
    expect(furthest(grayscale(image), grey)).toBeLessThan(0.51);
    expect(furthest(solarize()(image, key(0)), solarized)).toBeLessThan(1e-4);
  });

  it('turn the hue as Python’s colorsys does', () => {
    const tenth = [250, 118, 20, 10, 196, 200, 129, 127, 128.8, 5, 5, 5, 110, 90, 240, 102, 255, 0];
    const back = [20, 83, 250, 200, 71, 10, 127, 129, 127.8, 5, 5, 5, 175, 240, 90, 229.5, 0, 255];
    expect(furthest(adjustHue(image, 0.1), tenth)).toBeLessThan(1e-3);
    expect(furthest(adjustHue(image, -0.35), back)).toBeLessThan(1e-3);
    expect(furthest(adjustHue(image, 1), levels)).toBeLessThan(1e-3);
  });

  it('of a grey image have no saturation and no hue', () => {
    const grey: HostImage = { data: Float32Array.of(0.2, 0.6), shape: [1, 2, 1] };
    for (const same of [adjustSaturation(grey, 2), adjustHue(grey, 0.3), grayscale(grey)]) {
      expect(same.data).toEqual(grey.data);
    }
    expect(Array.from(adjustContrast(grey, 0).data)).toEqual([expect.closeTo(0.4), expect.closeTo(0.4)]);
  });

  it('colorJitter stays within its strengths and leaves out what is 0', () => {
    const one = colorJitter({ brightness: 0.4 });
    const factors = Array.from({ length: 400 }, (_, i) => one(image, key(i)).data[9] / image.data[9]);
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.6);
    expect(Math.min(...factors)).toBeLessThan(0.62);
    expect(Math.max(...factors)).toBeLessThanOrEqual(1.4);
    expect(Math.max(...factors)).toBeGreaterThan(1.38);

    expect(Array.from(colorJitter({})(image, key(0)).data)).toEqual(Array.from(image.data));
    expect(() => colorJitter({ hue: 0.6 })).toThrow(/hue must be a number in \[0, 0.5\], got 0.6/);
    expect(() => colorJitter({ contrast: -1 })).toThrow(/contrast must be a finite number >= 0/);
  });
});

describe('gaussianBlur', () => {
  it('is torchvision’s, with the same kernel and border', () => {
    // PyTorch 2.8.0, float64: reflect padding, then a 5 x 5 convolution; sigma 0.8.
    const target = [
      0.048529, 0.057826, 0.078347, 0.102991, 0.117271, 0.117826, 0.133351, 0.165803, 0.202378, 0.222885, 0.301303,
      0.328211, 0.38247, 0.440851, 0.472742, 0.432769, 0.465905, 0.532094, 0.602406, 0.640525,
    ];
    const data = Float32Array.from({ length: 20 }, (_, i) => i ** 2 / 400);
    const blurred = gaussianBlur({ sigma: [0.8, 0.8], kernel: 5 })({ data, shape: [4, 5, 1] }, key(0));
    expect(Math.max(...target.map((value, i) => Math.abs(value - blurred.data[i])))).toBeLessThan(1e-6);
  });

  it('keeps one colour, and refuses kernels that reach beyond the mirror', () => {
    const flat: HostImage = { data: new Float32Array(48).fill(0.25), shape: [4, 4, 3] };
    expect(gaussianBlur()(flat, key(3)).data.every((level) => Math.abs(level - 0.25) < 1e-6)).toBe(true);
    expect(() => gaussianBlur({ kernel: 9 })(flat, key(0))).toThrow(/kernel must be below 8 for images of \[4,4,3\]/);
    expect(() => gaussianBlur({ kernel: 4 })).toThrow(/kernel must be a positive odd integer/);
    expect(() => gaussianBlur({ sigma: [0, 1] })).toThrow(/sigma must be a range above 0/);
  });
});

describe('crops', () => {
  it('centerCrop takes the middle', () => {
    expect(Array.from(centerCrop(2)(numbered(4, 5), key(0)).data)).toEqual([6, 7, 11, 12]);
    expect(() => centerCrop(5)(numbered(4, 5), key(0))).toThrow(/the image must be at least 5 x 5, got \[4, 5\]/);
    expect(() => centerCrop(0)).toThrow(/size must be a positive integer/);
  });

  it('randomCrop meets every place equally often, and what lies outside is black', () => {
    const counts = new Map<number, number>();
    for (let i = 0; i < 3000; i++) {
      const { data } = randomCrop(2)(numbered(3, 4), foldIn(key(1), i));
      expect(data[3] - data[0]).toBe(5);
      counts.set(data[0], (counts.get(data[0]) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([0, 1, 2, 4, 5, 6]);
    // 500 expected, standard deviation 20.
    for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(100);
    const padded = Array.from({ length: 50 }, (_, i) => randomCrop(3, { padding: 3 })(numbered(3, 3), key(i)).data);
    expect(padded.some((data) => data.every((level) => level === 0))).toBe(true);
    expect(() => randomCrop(3, { padding: 0.5 })).toThrow(/padding must be an integer >= 0/);
  });

  it('randomResizedCrop takes areas and ratios from their ranges, inside the image', () => {
    for (let i = 0; i < 500; i++) {
      const [top, left, height, width] = cropBox(60, 80, [0.2, 0.5], [0.5, 2], foldIn(key(2), i));
      expect(top >= 0 && left >= 0 && top + height <= 60 && left + width <= 80).toBe(true);
      const share = (height * width) / 4800;
      expect(share).toBeGreaterThan(0.19);
      expect(share).toBeLessThan(0.51);
      expect(width / height).toBeGreaterThan(0.48);
      expect(width / height).toBeLessThan(2.1);
    }
  });

  it('randomResizedCrop falls back to the middle where no draw fits', () => {
    expect(cropBox(10, 100, [1, 1], [1, 1], key(0))).toEqual([0, 45, 10, 10]);
    expect(cropBox(100, 10, [1, 1], [1, 1], key(0))).toEqual([45, 0, 10, 10]);
    expect(cropBox(7, 7, [1, 1], [1, 1], key(0))).toEqual([0, 0, 7, 7]);
  });

  it('randomResizedCrop of the whole image at its own size is the image', () => {
    const whole = randomResizedCrop(3, { scale: [1, 1], ratio: [1, 1] });
    const square: HostImage = { data: Float32Array.from({ length: 27 }, (_, i) => i / 26), shape: [3, 3, 3] };
    expect(whole(square, key(5)).data).toEqual(square.data);
    expect(() => randomResizedCrop(3, { scale: [0.5, 2] })).toThrow(/scale must be a range in \[0, 1\]/);
    expect(() => randomResizedCrop(3, { ratio: [2, 1] })).toThrow(/ratio must be a range above 0/);
  });
});

describe('inTurn, sometimes and randomFlip', () => {
  it('mirror left and right half of the time', () => {
    expect(Array.from(randomFlip(1)(numbered(2, 3), key(0)).data)).toEqual([2, 1, 0, 5, 4, 3]);
    const flips = Array.from({ length: 1000 }, (_, i) => randomFlip()(numbered(1, 2), foldIn(key(4), i)).data[0]);
    expect(Math.abs(flips.reduce((a, b) => a + b, 0) - 500)).toBeLessThan(80);
    expect(() => randomApply(1.5, grayscale)).toThrow(/probability must be a number in \[0, 1\]/);
  });

  it('give every transform numbers of its own', () => {
    const seen: string[] = [];
    const note = (image: HostImage, key: readonly number[]) => (seen.push(String(key)), image);
    compose(note, note, randomApply(1, note))(numbered(1, 1), key(0));
    expect(new Set(seen).size).toBe(3);
  });
});

describe('views', () => {
  const two = views([compose(randomResizedCrop(8), randomFlip()), centerCrop(4)]);

  it('of image i are the same in every batch, and differ between images, views and keys', async () => {
    const batch = await digits().batch([10, 11, 12, 10]);
    const large = two.apply(batch, key(1));
    const small = two.apply(await digits().batch([10, 11]), key(1));
    expect(large.x).toBe(batch.x);
    expect(large.views!.map(({ shape }) => shape)).toEqual([
      [4, 8, 8, 1],
      [4, 4, 4, 1],
    ]);
    expect(large.views![0].x.subarray(0, 128)).toEqual(small.views![0].x);
    expect(large.views![0].label).toEqual(batch.label);
    const [a, d] = [large.views![0].x.subarray(0, 64), large.views![0].x.subarray(192)];
    expect(a).not.toEqual(d);
    expect(two.apply(batch, key(2)).views![0].x).not.toEqual(large.views![0].x);
    const twins = simclrViews({ size: 8 }).apply(batch, key(1)).views!;
    expect(twins[0].x).not.toEqual(twins[1].x);
    expect(() => checkBatch(large, { image: [8, 8, 1] })).not.toThrow();
  });

  it('take bytes for what they mean, and stay in [-1, 1]', async () => {
    const { x, shape } = await toBatch(digits());
    const bytes = Uint8Array.from(x, (pixel) => Math.round((pixel + 1) * 127.5));
    const same = views([centerCrop(8)]).apply({ x: bytes, shape }, key(0)).views![0].x;
    expect(same.every((pixel, i) => Math.abs(pixel - (bytes[i] / 127.5 - 1)) < 1e-6)).toBe(true);
    const batch = await digits().batch(Array.from({ length: 50 }, (_, i) => i));
    for (const set of [simclrViews({ size: 8 }), dinoViews({ size: 8, locals: 2, localSize: 4 })]) {
      for (const view of set.apply(batch, key(3)).views!) {
        expect(view.x.every((pixel) => pixel >= -1 && pixel <= 1.000001)).toBe(true);
      }
    }
  });

  it('dinoViews gives two large views and the small ones', async () => {
    const crops = dinoViews({ size: 28 });
    expect(crops.count).toBe(10);
    const { views } = crops.apply(await digits().batch([0]), key(0));
    expect(views!.map(({ shape }) => shape[1])).toEqual([28, 28, ...new Array<number>(8).fill(12)]);
    expect(dinoViews({ size: 8, locals: 0 }).count).toBe(2);
    expect(() => dinoViews({ size: 8, locals: -1 })).toThrow(/locals must be an integer >= 0/);
  });

  it('refuse no transforms, and images of a view that differ in size', async () => {
    expect(() => views([])).toThrow(/at least one/);
    const uneven = views([(image, [k]) => ({ ...image, shape: k % 2 ? [4, 16, 1] : [8, 8, 1] })]);
    const batch = await digits().batch([0, 1, 2, 3, 4, 5]);
    expect(() => uneven.apply(batch, key(0))).toThrow(/image \d of view 0 must be of shape/);
  });
});
