import { describe, expect, it } from 'vitest';
import type { Raster } from '../raster/raster.ts';
import { fitSquare } from './fit-square.ts';

const image = (width: number, height: number): Raster => ({
  data: Uint8ClampedArray.from({ length: width * height }, (_, i) => (i * 37) % 256),
  width,
  height,
  channels: 1,
});

describe('fitSquare', () => {
  it('cuts out the middle', () => {
    const { data, width, height } = fitSquare(2)(image(5, 2));
    expect([width, height, ...data]).toEqual([2, 2, 37, 74, (6 * 37) % 256, (7 * 37) % 256]);
    expect(Array.from(fitSquare(1)(image(1, 4)).data)).toEqual([37]);
  });

  it('resizes to the level as Pillow does', () => {
    // Pillow 13.0.0: Image.fromarray(levels).resize((3, 3), Image.Resampling.BICUBIC)
    const { data } = fitSquare(3)(image(5, 5));
    expect(Array.from(data)).toEqual([98, 65, 98, 133, 154, 106, 98, 71, 140]);
  });

  it('refuses a size that is none', () => {
    expect(() => fitSquare(0)).toThrow(/size must be a positive integer, got 0/);
  });
});
