import { describe, expect, it } from 'vitest';
import { boxKernel, cubicKernel, lanczos3Kernel, triangleKernel } from './kernels.ts';
import { pillowResize, tf1Resize, torchResize } from './resize-axis.ts';
import { resizeImage } from './resize-image.ts';
import { resizeLevels } from './resize-levels.ts';

const axes = {
  box: pillowResize(boxKernel),
  triangle: pillowResize(triangleKernel),
  cubic: pillowResize(cubicKernel()),
  lanczos: pillowResize(lanczos3Kernel),
};

describe('resizeImage', () => {
  it.each(Object.entries(axes))('keeps a flat picture flat, %s', (_, axis) => {
    for (const [h, w] of [
      [3, 11],
      [7, 2],
      [1, 1],
    ] as const) {
      const flat = resizeImage(new Float32Array(5 * 4 * 2).fill(0.7), [5, 4, 2], [h, w], axis);
      expect(flat.length).toBe(h * w * 2);
      flat.forEach((value) => expect(value).toBeCloseTo(0.7, 6));
    }
  });

  it.each(Object.entries(axes))('to its own size changes nothing, %s', (_, axis) => {
    const image = Float32Array.from({ length: 4 * 3 }, (_, i) => Math.sin(i));
    // Lanczos' sinc is 1e-17 where it should be 0.
    resizeImage(image, [4, 3, 1], [4, 3], axis).forEach((value, i) => expect(value).toBeCloseTo(image[i], 12));
  });

  it('by box is the mean of blocks, and repeats pixels when enlarging', () => {
    const image = new Float32Array([1, 3, 5, 7, 2, 4, 6, 8]);
    expect(Array.from(resizeImage(image, [2, 4, 1], [1, 2], axes.box))).toEqual([2.5, 6.5]);
    expect(Array.from(resizeImage(new Float32Array([1, 2]), [1, 2, 1], [1, 4], axes.box))).toEqual([1, 1, 2, 2]);
  });

  it('reads between pixels where each convention says', () => {
    const ramp = new Float32Array([0, 8]);
    const wide = (axis: Parameters<typeof resizeImage>[3]) => Array.from(resizeImage(ramp, [1, 2, 1], [1, 4], axis));
    expect(wide(torchResize(triangleKernel))).toEqual([0, 2, 6, 8]);
    expect(wide(pillowResize(triangleKernel))).toEqual([0, 2, 6, 8]);
    expect(wide(tf1Resize(triangleKernel))).toEqual([0, 4, 8, 8]);
  });

  it('keeps channels apart', () => {
    const image = new Float32Array([0, 10, 8, 30]); // two pixels of two channels
    expect(Array.from(resizeImage(image, [1, 2, 2], [1, 1], axes.box))).toEqual([4, 20]);
  });

  it('refuses sizes that do not fit', () => {
    expect(() => resizeImage(new Float32Array(5), [2, 2, 1], [1, 1])).toThrow(/resizeImage: image must be 4 numbers/);
    expect(() => resizeImage(new Float32Array(4), [2, 2, 1], [0, 1])).toThrow(/size/);
    expect(() => resizeLevels(new Uint8Array(4), [2, 2, 0], [1, 1])).toThrow(/resizeLevels: shape/);
  });
});

describe('resizeLevels', () => {
  it('rounds and clips where a cubic overshoots', () => {
    const edge = new Uint8Array([0, 0, 255, 255]);
    const levels = Array.from(resizeLevels(edge, [1, 4, 1], [1, 8]));
    const plain = Array.from(resizeImage(edge, [1, 4, 1], [1, 8]));
    expect(Math.max(...plain)).toBeGreaterThan(255);
    expect(Math.min(...plain)).toBeLessThan(0);
    expect(levels).toEqual(plain.map((value) => Math.min(255, Math.max(0, Math.round(value)))));
  });

  it('to its own size is a copy', () => {
    const image = new Uint8Array([1, 2, 3, 4]);
    const copy = resizeLevels(image, [2, 2, 1], [2, 2]);
    expect(copy).toEqual(image);
    expect(copy).not.toBe(image);
  });
});

describe('cubic', () => {
  it('passes through its pixels and has the slope a at 1', () => {
    for (const a of [-0.5, -0.75]) {
      const { weight } = cubicKernel(a);
      expect([0, 1, 2, -1].map((x) => weight(x) + 0)).toEqual([1, 0, 0, 0]);
      expect((weight(1.001) - weight(0.999)) / 0.002).toBeCloseTo(a, 2);
    }
  });
});
