import { describe, expect, it } from 'vitest';
import type { Raster } from './raster.ts';
import { centerCropResize } from './center-crop-resize.ts';

const image = (width: number, height: number): Raster => ({
  data: Uint8ClampedArray.from({ length: width * height }, (_, i) => (i * 37) % 256),
  width,
  height,
  channels: 1,
});

describe('centerCropResize', () => {
  it('cuts out the middle', () => {
    const { data, width, height } = centerCropResize(2)(image(5, 2));
    expect([width, height, ...data]).toEqual([2, 2, 37, 74, (6 * 37) % 256, (7 * 37) % 256]);
    expect(Array.from(centerCropResize(1)(image(1, 4)).data)).toEqual([37]);
  });

  it('resizes to the level as Pillow does', () => {
    // Pillow 13.0.0: Image.fromarray(levels).resize((3, 3), Image.Resampling.BICUBIC)
    const { data } = centerCropResize(3)(image(5, 5));
    expect(Array.from(data)).toEqual([98, 65, 98, 133, 154, 106, 98, 71, 140]);
  });

  it.each([
    [2, [101, 133, 142, 100, 146, 169, 161, 177, 73, 69, 52, 146, 91, 159, 90, 143, 193, 142]],
    [
      3,
      [
        78, 145, 114, 149, 120, 142, 138, 166, 161, 180, 163, 123, 168, 108, 62, 70, 146, 130, 112, 161, 70, 101, 143,
        165, 172, 142, 169,
      ],
    ],
    [
      4,
      [
        73, 146, 169, 146, 196, 61, 117, 87, 167, 132, 146, 108, 185, 143, 137, 202, 146, 82, 102, 117, 81, 131, 125,
        116, 155, 116, 82, 120, 113, 92, 206, 99, 140, 92, 171, 58,
      ],
    ],
  ] as const)('weighs colours by alpha as Pillow does, %i channels', (channels, target) => {
    // Pillow 13.0.0, modes LA, RGB and RGBA: crop((1, 0, 6, 5)).resize((3, 3), Image.Resampling.BICUBIC)
    const data = new Uint8ClampedArray(5 * 7 * channels);
    for (let i = 0; i < data.length; i++) {
      const [k, x, y] = [i % channels, Math.floor(i / channels) % 7, Math.floor(i / channels / 7)];
      data[i] = (y * 71 + x * 37 + k * 53 + y * x * k * 11) % 256;
    }
    const last = (y: number, x: number) => (y * 7 + x + 1) * channels - 1;
    data[last(0, 2)] = data[last(2, 3)] = 0;
    data[last(1, 1)] = 255;
    expect(Array.from(centerCropResize(3)({ data, width: 7, height: 5, channels }).data)).toEqual(target);
  });

  it('refuses five channels', () => {
    const five = { data: new Uint8ClampedArray(20), width: 2, height: 2, channels: 5 as 4 };
    expect(() => centerCropResize(1)(five)).toThrow(
      /centerCropResize: image.channels must be one of 1, 2, 3, 4, got 5/,
    );
  });

  it('refuses a size that is none', () => {
    expect(() => centerCropResize(0)).toThrow(/size must be a positive integer, got 0/);
  });
});
