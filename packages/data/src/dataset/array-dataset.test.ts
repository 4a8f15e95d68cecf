import { describe, expect, it } from 'vitest';
import { arrayDataset } from './array-dataset.ts';

const ramp = (n: number) => Float32Array.from({ length: n }, (_, i) => i / n);

describe('arrayDataset', () => {
  it('gives the images, labels and positions that are asked for, in that order, repeats allowed', async () => {
    const data = arrayDataset({ x: ramp(12), shape: [2, 1, 2], label: [2, 0, 1], name: 'ramp' });
    const batch = await data.batch([2, 0, 2]);
    expect(batch.shape).toEqual([3, 2, 1, 2]);
    expect(Array.from(batch.x)).toEqual([8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11].map((i) => Math.fround(i / 12)));
    expect(Array.from(batch.label!)).toEqual([1, 2, 1]);
    expect(Array.from(batch.index!)).toEqual([2, 0, 2]);
    expect(data.classes).toEqual(['0', '1', '2']);
  });

  it('keeps bytes as bytes', async () => {
    const data = arrayDataset({ x: new Uint8Array([0, 255]), shape: [1, 1, 1] });
    const { x, label } = await data.batch([1]);
    expect(x).toEqual(new Uint8Array([255]));
    expect(label).toBeUndefined();
    expect(data.classes).toBeUndefined();
  });

  it('hands out copies', async () => {
    const data = arrayDataset({ x: ramp(4), shape: [1, 1, 1] });
    (await data.batch([1])).x.fill(9);
    expect((await data.batch([1])).x[0]).toBe(0.25);
  });

  it('refuses what is not sound, naming the image', () => {
    const x = ramp(8);
    expect(() => arrayDataset({ x, shape: [3, 1, 1] })).toThrow(/x must be a positive multiple of 3/);
    expect(() => arrayDataset({ x: new Float32Array(0), shape: [1, 1, 1] })).toThrow(/x must be a positive multiple/);
    expect(() => arrayDataset({ x, shape: [2, 2, 0] })).toThrow(/shape must be three positive integers/);
    expect(() => arrayDataset({ x, shape: [2, 2, 1], label: [0] })).toThrow(/label must be of length 2/);
    expect(() => arrayDataset({ x, shape: [2, 2, 1], label: [0, 0.5] })).toThrow(/label of image 1/);
    expect(() => arrayDataset({ x, shape: [2, 2, 1], label: [0, 2], classes: ['a', 'b'] })).toThrow(/in 0 .. 1, got 2/);
    x[5] = NaN;
    expect(() => arrayDataset({ x, shape: [2, 2, 1] })).toThrow(/image 1 must be free of NaN/);
  });

  it.each([[[-1]], [[2]], [[0.5]], [[NaN]]])('refuses the position %s', (indices) => {
    const data = arrayDataset({ x: ramp(8), shape: [2, 2, 1], name: 'two' });
    expect(() => data.batch(indices)).toThrow(/two.batch: indices\[0\] must be an integer in 0 .. 1/);
  });

  it('makes no more classes of labels than there are images, unless they are named', () => {
    const of = (label: ArrayLike<number>, classes?: string[]) =>
      arrayDataset({ x: new Float32Array(2), shape: [1, 1, 1], label, classes });
    expect(of([0, 1]).classes).toEqual(['0', '1']);
    for (const label of [2, 2e9, 2 ** 31 - 1]) {
      expect(() => of([0, label])).toThrow(
        `arrayDataset: label of image 1 must be below 2, the number of images, unless classes are given, got ${label}`,
      );
    }
    expect(of([0, 2], ['a', 'b', 'c']).classes).toEqual(['a', 'b', 'c']);
    // These would wrap to 0, 1 and -1 in 32 bits.
    for (const label of [2 ** 32, 2 ** 32 + 1, 2 ** 31, 1e300]) {
      expect(() => of([0, label])).toThrow(/label of image 1 must be an integer in 0 .. 2147483647/);
      expect(() => of([0, label], ['a', 'b'])).toThrow(/label of image 1 must be an integer in 0 .. 1/);
    }
  });
});
