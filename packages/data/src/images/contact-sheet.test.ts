import { describe, expect, it } from 'vitest';
import { contactSheet } from './contact-sheet.ts';
import { beside } from './side-by-side.ts';
import type { Raster } from './raster.ts';

const pixel = ({ data, width }: Raster, x: number, y: number) =>
  Array.from(data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4));
const background = [1, 2, 3] as const;

describe('contactSheet', () => {
  it('puts image after image on a grid, every pixel a square of its own colour', () => {
    const x = new Float32Array([-1, 1, 0, 1, -1, 1]); // three images of 1x2
    const sheet = contactSheet({ x, shape: [3, 1, 2, 1] }, { columns: 2, scale: 3, margin: 1, background });
    expect([sheet.width, sheet.height]).toEqual([1 + 2 * (6 + 1), 1 + 2 * (3 + 1)]);
    const grey = (level: number) => [level, level, level, 255];
    for (let dx = 0; dx < 3; dx++) {
      for (let dy = 0; dy < 3; dy++) {
        expect(pixel(sheet, 1 + dx, 1 + dy)).toEqual(grey(0));
        expect(pixel(sheet, 4 + dx, 1 + dy)).toEqual(grey(255));
        expect(pixel(sheet, 8 + dx, 1 + dy)).toEqual(grey(128));
        expect(pixel(sheet, 1 + dx, 5 + dy)).toEqual(grey(0));
      }
    }
    expect(pixel(sheet, 0, 0)).toEqual([1, 2, 3, 255]);
    expect(pixel(sheet, 9, 5)).toEqual([1, 2, 3, 255]);
  });

  it('takes bytes as they are, keeps colours apart and mixes alpha with the background', () => {
    const options = { margin: 0, scale: 1, background };
    const colour = contactSheet({ x: new Uint8Array([10, 20, 30]), shape: [1, 1, 1, 3] }, options);
    expect(pixel(colour, 0, 0)).toEqual([10, 20, 30, 255]);
    const clear = contactSheet({ x: new Uint8Array([9, 9, 9, 0, 9, 9, 9, 255]), shape: [1, 1, 2, 4] }, options);
    expect([pixel(clear, 0, 0), pixel(clear, 1, 0)]).toEqual([
      [1, 2, 3, 255],
      [9, 9, 9, 255],
    ]);
  });

  it('writes captions centred under their images, and a title above', () => {
    const options = { margin: 0, scale: 8, columns: 2, background, textColor: [255, 0, 0] as const };
    const sheet = contactSheet({ x: new Float32Array(2), shape: [2, 1, 1, 1] }, { ...options, captions: ['I', ''] });
    expect([sheet.width, sheet.height]).toEqual([16, 8 + 2 + 8]);
    // The letter I, 5 wide, in a cell of 8: its stem is column 1 + 2, its bars columns 2..4.
    expect([1, 2, 3, 4, 5].map((x) => pixel(sheet, x, 10)[0] === 255)).toEqual([false, true, true, true, false]);
    expect([1, 2, 3, 4, 5].map((x) => pixel(sheet, x, 11)[0] === 255)).toEqual([false, false, true, false, false]);
    expect(pixel(sheet, 11, 11)).toEqual([1, 2, 3, 255]);
    const titled = contactSheet({ x: new Float32Array(1), shape: [1, 1, 1, 1] }, { ...options, title: 'I' });
    expect(titled.height).toBe(16 + 8);
    expect(pixel(titled, 4, 2)).toEqual([255, 0, 0, 255]);
  });

  it('makes room for captions wider than an image', () => {
    const sheet = contactSheet(
      { x: new Float32Array(1), shape: [1, 1, 1, 1] },
      { margin: 0, scale: 1, captions: ['wide'] },
    );
    expect(sheet.width).toBe(4 * 6 - 1);
  });

  it('refuses no image, other channels, NaN, and captions that do not match', () => {
    expect(() => contactSheet({ x: new Float32Array(0), shape: [0, 8, 8, 1] })).toThrow(/at least one image/);
    expect(() => contactSheet({ x: new Float32Array(2), shape: [1, 1, 1, 2] })).toThrow(
      /channels must be one of 1, 3, 4, got 2/,
    );
    expect(() => contactSheet({ x: new Float32Array(3), shape: [1, 1, 2, 1] })).toThrow(/2 numbers, got 3/);
    expect(() => contactSheet({ x: new Float32Array([NaN]), shape: [1, 1, 1, 1] })).toThrow(/must be a number/);
    const one = { x: new Float32Array(1), shape: [1, 1, 1, 1] as const };
    expect(() => contactSheet(one, { captions: [] })).toThrow(/captions must be 1 texts/);
    expect(() => contactSheet(one, { columns: 0 })).toThrow(/columns/);
    expect(() => contactSheet(one, { scale: 1.5 })).toThrow(/scale/);
  });
});

describe('beside', () => {
  it('sets pictures side by side, tops aligned, the rest filled', () => {
    const flat = (level: number, width: number, height: number): Raster => ({
      data: new Uint8ClampedArray(width * height * 4).fill(level),
      width,
      height,
      channels: 4,
    });
    const both = beside([flat(10, 2, 1), flat(20, 1, 3)], { gap: 1, background });
    expect([both.width, both.height]).toEqual([4, 3]);
    expect([0, 1, 2, 3].map((x) => pixel(both, x, 0)[0])).toEqual([10, 10, 1, 20]);
    expect([0, 1, 2, 3].map((x) => pixel(both, x, 2)[0])).toEqual([1, 1, 1, 20]);
  });

  it('refuses nothing, and pictures without alpha', () => {
    expect(() => beside([])).toThrow(/at least one picture/);
    expect(() => beside([{ data: new Uint8ClampedArray(3), width: 1, height: 1, channels: 3 }])).toThrow(/RGBA/);
  });
});
