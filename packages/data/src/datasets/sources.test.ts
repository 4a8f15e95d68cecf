import { describe, expect, it } from 'vitest';
import { toBatch } from '../dataset/to-batch.ts';
import { cifar100Dataset, cifar10Dataset } from './cifar-dataset.ts';
import { mnistDataset } from './mnist-dataset.ts';

function idx(type: number, shape: number[], body: number[]): Uint8Array {
  const sizes = shape.flatMap((n) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255]);
  return Uint8Array.from([0, 0, type, shape.length, ...sizes, ...body]);
}

describe('mnistDataset', () => {
  it('pairs images with labels, from a view into a larger buffer as well', async () => {
    const images = idx(8, [2, 1, 2], [0, 9, 255, 3]);
    const padded = new Uint8Array(images.length + 5);
    padded.set(images, 5);
    const data = mnistDataset({ images: padded.subarray(5), labels: idx(8, [2], [7, 1]), name: 'tiny' });
    const { x, shape, label } = await toBatch(data);
    expect([data.name, data.length, shape]).toEqual(['tiny', 2, [2, 1, 2, 1]]);
    expect(x).toEqual(new Uint8Array([0, 9, 255, 3]));
    expect(Array.from(label!)).toEqual([7, 1]);
  });

  it('refuses files that do not match, and labels that are no digit', () => {
    const images = idx(8, [2, 1, 1], [1, 2]);
    expect(() => mnistDataset({ images, labels: idx(8, [3], [1, 2, 3]) })).toThrow(
      /labels of mnist are not of shape \[2\], one per image, but /,
    );
    expect(() => mnistDataset({ images: idx(8, [2], [1, 2]), labels: idx(8, [2], [1, 2]) })).toThrow(
      /images of mnist are no bytes of shape/,
    );
    expect(() => mnistDataset({ images, labels: idx(8, [2], [1, 10]) })).toThrow(
      /label of image 1 must be an integer in 0 .. 9/,
    );
  });
});

describe('cifar10Dataset and cifar100Dataset', () => {
  const planes = (offset: number) =>
    Array.from({ length: 3072 }, (_, i) => (Math.floor(i / 1024) * 80 + (i % 1024) + offset) % 256);

  it('turn planes into pixels, over several files', async () => {
    const first = Uint8Array.from([3, ...planes(0), 9, ...planes(1)]);
    const second = Uint8Array.from([0, ...planes(2)]);
    const data = cifar10Dataset([first, second]);
    const { x, shape, label } = await toBatch(data);
    expect(shape).toEqual([3, 32, 32, 3]);
    expect(Array.from(label!, (k) => data.classes![k])).toEqual(['cat', 'truck', 'airplane']);
    for (const [image, p, c] of [
      [0, 0, 0],
      [0, 5, 2],
      [1, 1023, 1],
      [2, 700, 2],
    ]) {
      expect(x[(image * 1024 + p) * 3 + c]).toBe((c * 80 + p + image) % 256);
    }
  });

  it('read fine or coarse labels', async () => {
    const file = Uint8Array.from([19, 99, ...planes(0)]);
    expect((await toBatch(cifar100Dataset([file]))).label![0]).toBe(99);
    const coarse = cifar100Dataset([file], { coarse: true });
    expect((await toBatch(coarse)).label![0]).toBe(19);
    expect([coarse.classes!.length, coarse.classes![19]]).toEqual([20, 'vehicles_2']);
    const { classes } = cifar100Dataset([file]);
    // Published in the order of the alphabet; these positions are those of torchvision's class_to_idx.
    expect(classes).toEqual([...new Set(classes)].sort());
    expect([0, 15, 50, 83, 99].map((k) => classes![k])).toEqual(['apple', 'camel', 'mouse', 'sweet_pepper', 'worm']);
    expect(classes).toHaveLength(100);
  });

  it('refuse files that are cut, empty or of the other set', () => {
    const file = Uint8Array.from([3, ...planes(0)]);
    expect(() => cifar10Dataset([file, file.subarray(1)])).toThrow(
      /file 1 of cifar10 is not whole records of 3073 bytes: it has 3072/,
    );
    expect(() => cifar10Dataset([])).toThrow(/at least one file/);
    expect(() => cifar10Dataset([new Uint8Array(0)])).toThrow(/file 0/);
    expect(() => cifar100Dataset([file])).toThrow(/3074/);
    expect(() => cifar10Dataset([Uint8Array.from([10, ...planes(0)])])).toThrow(
      /label of image 0 must be an integer in 0 .. 9, got 10/,
    );
  });
});
