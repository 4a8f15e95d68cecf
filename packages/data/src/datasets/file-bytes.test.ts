import { holders } from '@diptych/test-utils/formats';
import { writeNpz } from '@diptych/formats';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { toBatch } from '../dataset/to-batch.ts';
import type { Dataset } from '../dataset/dataset.ts';
import { decodePng } from '../images/decode/decode-png.ts';
import { encodePng } from '../images/encode-png.ts';
import { cifar100Dataset, cifar10Dataset } from './cifar-dataset.ts';
import { mnistDataset } from './mnist-dataset.ts';
import { npzDataset } from './npz-dataset.ts';
import { zipDataset } from './zip-dataset.ts';

const png = encodePng({ data: Uint8ClampedArray.of(1, 2, 3, 4), width: 2, height: 2, channels: 1 });
const digits = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4);
const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 7);
const record = Uint8Array.from({ length: 3073 }, (_, i) => i % 10);

/** Every source that is given the bytes of a file, and what its first image begins with. */
const sources: [string, Uint8Array, (bytes: Uint8Array) => Dataset | Promise<Dataset>, number[]][] = [
  ['zipDataset', zipSync({ 'a.png': png }, { level: 0 }), (bytes) => zipDataset(bytes), [1, 2, 3, 4]],
  [
    'npzDataset',
    writeNpz({ images: { shape: [1, 2, 2], data: Uint8Array.of(1, 2, 3, 4) } }),
    (bytes) => npzDataset(bytes),
    [1, 2, 3, 4],
  ],
  ['mnistDataset', digits, (bytes) => mnistDataset({ images: bytes, labels }), [1, 2, 3, 4]],
  ['cifar10Dataset', record, (bytes) => cifar10Dataset([bytes]), [1, 5, 9, 2]],
  ['cifar100Dataset', Uint8Array.of(0, ...record), (bytes) => cifar100Dataset([bytes]), [1, 5, 9, 2]],
];

const arrays = holders.filter(([name]) => !/ an? (ArrayBuffer|SharedArrayBuffer|DataView)$/.test(` ${name}`));

describe.each(sources)('%s', (_, file, open, expected) => {
  it.each(arrays)('reads %s, and what it gives is its own', async (_, hold) => {
    const { bytes, wipe } = hold(file);
    const data = await open(bytes as Uint8Array);
    wipe();
    expect(Array.from((await toBatch(data)).x.slice(0, 4))).toEqual(expected);
  });
});

describe('decodePng', () => {
  it.each(arrays)('reads %s, and what it gives is its own', (_, hold) => {
    const { bytes, wipe } = hold(png);
    const { data } = decodePng(bytes as Uint8Array);
    wipe();
    expect(Array.from(data)).toEqual([1, 2, 3, 4]);
  });
});
