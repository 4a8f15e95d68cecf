import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { all } from '../dataset/all.ts';
import { cifar100Dataset, cifar10Dataset } from './cifar-dataset.ts';
import { gunzip } from './gunzip.ts';
import { mnistDataset } from './mnist-dataset.ts';
import { readIdx } from './read-idx.ts';
import { untar } from './untar.ts';

function idx(type: number, shape: number[], body: number[]): Uint8Array {
  const sizes = shape.flatMap((n) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255]);
  return Uint8Array.from([0, 0, type, shape.length, ...sizes, ...body]);
}

describe('readIdx', () => {
  it('reads bytes, and big-endian numbers of every type', () => {
    expect(readIdx(idx(8, [2, 1, 3], [1, 2, 3, 4, 5, 255]))).toEqual({
      shape: [2, 1, 3],
      data: new Uint8Array([1, 2, 3, 4, 5, 255]),
    });
    expect(readIdx(idx(9, [1], [255])).data).toEqual(new Int8Array([-1]));
    expect(readIdx(idx(11, [2], [1, 2, 255, 254])).data).toEqual(new Int16Array([258, -2]));
    expect(readIdx(idx(12, [1], [255, 255, 255, 0])).data).toEqual(new Int32Array([-256]));
    expect(readIdx(idx(13, [1], [0xc0, 0x20, 0, 0])).data).toEqual(new Float32Array([-2.5]));
    expect(readIdx(idx(14, [1], [0x3f, 0xf8, 0, 0, 0, 0, 0, 0])).data).toEqual(new Float64Array([1.5]));
  });

  it('refuses other files, packed ones, and what is cut or too long, naming the file', () => {
    expect(() => readIdx(new Uint8Array([1, 2, 3, 4]), { name: 'a' })).toThrow(/a must be an idx file/);
    expect(() => readIdx(new Uint8Array(2))).toThrow(/an idx file/);
    expect(() => readIdx(idx(7, [1], [1]))).toThrow(/an idx file/);
    expect(() => readIdx(gzipSync(idx(8, [1], [1])), { name: 'b.gz' })).toThrow(/b.gz must be unpacked \(see gunzip\)/);
    expect(() => readIdx(idx(8, [2, 2], [1, 2, 3]))).toThrow(/16 bytes long for shape \[2,2\], got 15/);
    expect(() => readIdx(idx(8, [1], [1, 2]))).toThrow(/9 bytes long/);
    expect(() => readIdx(idx(8, [1, 1], []).subarray(0, 7))).toThrow(/at least 12 bytes/);
  });
});

describe('mnistDataset', () => {
  it('pairs images with labels, from a view into a larger buffer as well', async () => {
    const images = idx(8, [2, 1, 2], [0, 9, 255, 3]);
    const padded = new Uint8Array(images.length + 5);
    padded.set(images, 5);
    const data = mnistDataset({ images: padded.subarray(5), labels: idx(8, [2], [7, 1]), name: 'tiny' });
    const { x, shape, label } = await all(data);
    expect([data.name, data.length, shape]).toEqual(['tiny', 2, [2, 1, 2, 1]]);
    expect(x).toEqual(new Uint8Array([0, 9, 255, 3]));
    expect(Array.from(label!)).toEqual([7, 1]);
  });

  it('refuses files that do not match, and labels that are no digit', () => {
    const images = idx(8, [2, 1, 1], [1, 2]);
    expect(() => mnistDataset({ images, labels: idx(8, [3], [1, 2, 3]) })).toThrow(
      /labels of mnist must be of shape \[2\]/,
    );
    expect(() => mnistDataset({ images: idx(8, [2], [1, 2]), labels: idx(8, [2], [1, 2]) })).toThrow(
      /images of mnist must be bytes of shape/,
    );
    expect(() => mnistDataset({ images, labels: idx(8, [2], [1, 10]) })).toThrow(
      /label of image 1 must be an integer in 0..9/,
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
    const { x, shape, label } = await all(data);
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
    expect((await all(cifar100Dataset([file]))).label![0]).toBe(99);
    const coarse = cifar100Dataset([file], { coarse: true });
    expect((await all(coarse)).label![0]).toBe(19);
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
      /file 1 must be whole records of 3073 bytes, got "3072 bytes"/,
    );
    expect(() => cifar10Dataset([])).toThrow(/at least one file/);
    expect(() => cifar10Dataset([new Uint8Array(0)])).toThrow(/file 0/);
    expect(() => cifar100Dataset([file])).toThrow(/3074/);
    expect(() => cifar10Dataset([Uint8Array.from([10, ...planes(0)])])).toThrow(
      /label of image 0 must be an integer in 0..9, got 10/,
    );
  });
});

describe('gunzip', () => {
  const packed = gzipSync(Buffer.alloc(5000, 7));

  it('unpacks', async () => {
    expect(await gunzip(packed)).toEqual(new Uint8Array(5000).fill(7));
  });

  it('refuses what is cut, what is no gzip, and what grows beyond the limit', async () => {
    await expect(gunzip(packed.subarray(0, 20), { name: 'cut.gz' })).rejects.toThrow(
      /cut.gz must be a whole gzip file/,
    );
    await expect(gunzip(new Uint8Array([1, 2, 3]))).rejects.toThrow(/whole gzip file/);
    await expect(gunzip(gzipSync(Buffer.alloc(1e6)), { maxBytes: 1000, name: 'bomb' })).rejects.toThrow(
      /bomb must be at most 1000 bytes/,
    );
  });
});

describe('untar', () => {
  function entry(name: string, content: number[], kind = '0', prefix = ''): number[] {
    const header = new Uint8Array(512);
    const put = (at: number, text: string) => header.set(new TextEncoder().encode(text), at);
    put(0, name);
    put(124, `${content.length.toString(8).padStart(11, '0')}\0`);
    put(156, kind);
    put(257, 'ustar\0');
    put(345, prefix);
    put(148, '        ');
    put(
      148,
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
    );
    return [...header, ...content, ...new Array<number>((512 - (content.length % 512)) % 512).fill(0)];
  }
  const end = new Array<number>(1024).fill(0);

  it('finds the files, with the prefix of long names, and leaves folders out', () => {
    const archive = Uint8Array.from([
      ...entry('folder/', [], '5'),
      ...entry('a.bin', [1, 2, 3]),
      ...entry('b', [], '0', 'long/way'),
      ...end,
    ]);
    const files = untar(archive);
    expect([...files.keys()]).toEqual(['a.bin', 'long/way/b']);
    expect(files.get('a.bin')).toEqual(new Uint8Array([1, 2, 3]));
  });

  it('refuses a damaged header and an archive that ends inside a file', () => {
    const archive = Uint8Array.from([...entry('a.bin', [1, 2, 3]), ...end]);
    const damaged = archive.slice();
    damaged[1] ^= 1;
    expect(() => untar(damaged, { name: 'x.tar' })).toThrow(
      /x.tar must be a sound tar archive, got "a wrong checksum at 0"/,
    );
    expect(() => untar(archive.subarray(0, 513))).toThrow(/an end inside a.bin/);
    expect(() => untar(archive.subarray(0, 100))).toThrow(/inside the header/);
    const leaving = Uint8Array.from([...entry('../a.bin', [1]), ...end]);
    expect(() => untar(leaving, { name: 'x.tar' })).toThrow(/a name in x.tar must be a path inside the archive/);
  });
});
