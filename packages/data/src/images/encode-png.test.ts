import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { decodePng } from './decode/decode-png.ts';
import { encodePng } from './encode-png.ts';
import type { Raster } from './raster.ts';

const noisy = (channels: Raster['channels'], width = 7, height = 5): Raster => ({
  data: Uint8ClampedArray.from({ length: width * height * channels }, (_, i) => (i * 73) % 256),
  width,
  height,
  channels,
});

describe('encodePng and decodePng', () => {
  it.each([1, 2, 3, 4] as const)('give every level back, %i channels', (channels) => {
    expect(decodePng(encodePng(noisy(channels)))).toEqual(noisy(channels));
  });

  it('encode a view into a larger buffer without its neighbours', () => {
    const { data, ...rest } = noisy(1);
    const larger = new Uint8ClampedArray(100);
    larger.set(data, 13);
    expect(decodePng(encodePng({ ...rest, data: larger.subarray(13, 13 + data.length) }))).toEqual({ data, ...rest });
  });

  it('start with the signature of PNG', () => {
    expect(Array.from(encodePng(noisy(4)).subarray(0, 8))).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  });

  it('read a palette as colours', () => {
    const palette = [
      [255, 0, 0],
      [0, 0, 255],
    ];
    const bytes = encode({ width: 2, height: 1, data: new Uint8Array([1, 0]), channels: 1, depth: 8, palette });
    expect(Array.from(decodePng(bytes).data)).toEqual([0, 0, 255, 255, 0, 0]);
  });

  it('refuse a cut file, a flipped bit and other bytes, naming the file', () => {
    const bytes = encodePng(noisy(3));
    expect(() => decodePng(bytes.subarray(0, 40), { name: 'cut.png' })).toThrow(/cut.png is not a whole PNG file/);
    const flipped = bytes.slice();
    flipped[50] ^= 4;
    expect(() => decodePng(flipped, { name: 'flipped.png' })).toThrow(/flipped.png/);
    expect(() => decodePng(new Uint8Array([1, 2, 3]))).toThrow(/PNG is not a whole PNG file/);
  });

  it('refuse a raster whose levels do not fit its size', () => {
    expect(() => encodePng({ ...noisy(3), width: 6 })).toThrow(/90 levels for 6x5x3/);
    expect(() => encodePng({ ...noisy(3), width: 0 })).toThrow(/width must be a positive integer, got 0/);
    expect(() => encodePng({ ...noisy(3), channels: 5 as 4 })).toThrow(/channels/);
  });
});
