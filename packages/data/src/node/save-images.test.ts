import '@tensorflow/tfjs-backend-cpu';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePng } from '../images/decode/decode-png.ts';
import { saveGrid, saveImages } from './save-images.ts';

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'diptych-'))));
afterAll(() => rm(folder, { recursive: true }));
const read = async (...names: string[]) => decodePng(await readFile(join(folder, ...names)));

const values = Float32Array.of(-1, 0, 1, 7, -9, 0.5, 0, 1);
const levels = [0, 128, 255, 255, 0, 191, 128, 255];

describe('saveGrid', () => {
  it('writes a tensor as it comes from a sampler, clipped, and leaves it to the caller', async () => {
    const images = tf.tensor4d(values, [2, 2, 2, 1]);
    await saveGrid(join(folder, 'runs', 'grid.png'), images, { scale: 1, margin: 0, columns: 2 });
    const { width, height, data } = await read('runs', 'grid.png');
    expect([width, height]).toEqual([4, 2]);
    expect(images.isDisposed).toBe(false);
    const reds = Array.from({ length: 8 }, (_, i) => data[(i * data.length) / 8]);
    expect(reds).toEqual([0, 128, 0, 191, 255, 255, 128, 255]);
    images.dispose();
  });

  it.each([
    ['a batch', { x: values, shape: [2, 2, 2, 1] as [number, number, number, number] }],
    ['numbers beside their shape', { data: values, shape: [2, 2, 2, 1] }],
    ['bytes beside their shape', { data: Uint8Array.from(levels), shape: [2, 2, 2, 1] }],
  ])('takes %s', async (_, images) => {
    await saveGrid(join(folder, 'same.png'), images, { scale: 1, margin: 0, columns: 2 });
    expect(await readFile(join(folder, 'same.png'))).toEqual(await readFile(join(folder, 'runs', 'grid.png')));
  });

  it.each<[unknown, RegExp]>([
    [undefined, /^saveGrid: images must be a tensor, a batch, or \{ data, shape \}, got undefined/],
    [{ data: values, shape: [8] }, /images must be of shape \[B, H, W, C\] or/],
    [{ data: values, shape: [2, 2, 1, 2] }, /with C of 1, 3 or 4/],
    [{ data: values, shape: [3, 2, 2, 1] }, /12 numbers for the shape \[3, 2, 2, 1\], got 8/],
    [{ data: [...values], shape: [2, 2, 2, 1] }, /Float32Array/],
    [{ data: values.map(() => NaN), shape: [2, 2, 2, 1] }, /NaN/],
  ])('refuses %j', async (images, message) => {
    await expect(saveGrid(join(folder, 'bad.png'), images as never)).rejects.toThrow(message);
    expect(await readdir(folder)).not.toContain('bad.png');
  });
});

describe('saveImages', () => {
  it('writes each image by itself, in its own size', async () => {
    const images = tf.tensor4d(values, [2, 2, 2, 1]);
    const paths = await saveImages(join(folder, 'each'), images);
    expect(paths).toEqual(['00000.png', '00001.png'].map((name) => join(folder, 'each', name)));
    const first = await read('each', '00000.png');
    expect([first.width, first.height, first.channels]).toEqual([2, 2, 1]);
    expect([...first.data, ...(await read('each', '00001.png')).data]).toEqual(levels);
    images.dispose();
  });

  it('takes one image without a batch, integer levels, and names', async () => {
    const image = tf.tensor3d([300, 2, 3, -4, 5, 6], [1, 2, 3], 'int32');
    await saveImages(folder, image, { name: (i) => `image-${i}.png` });
    expect([...(await read('image-0.png')).data]).toEqual([255, 2, 3, 0, 5, 6]);
    image.dispose();
  });

  it('refuses one name for two images, and floats that are levels', async () => {
    const images = { data: values, shape: [2, 2, 2, 1] };
    await expect(saveImages(folder, images, { name: () => 'a.png' })).rejects.toThrow(
      /two images would be called ".*a\.png"/,
    );
    const wrong = { data: values.map((value) => 200 * Math.abs(value)), shape: [2, 2, 2, 1] };
    await expect(saveImages(folder, wrong)).rejects.toThrow(/saveImages: /);
  });
});
