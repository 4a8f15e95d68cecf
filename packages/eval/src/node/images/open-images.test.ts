import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch } from '@diptych/core';
import { encodePng } from '@diptych/data';
import { writeNpz } from '@diptych/formats';
import type { Raster } from '@diptych/data';
import { fixtures } from '@diptych/test-utils/fixtures';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImageFilesOptions } from './image-file-batches.ts';
import { openImages } from './open-images.ts';

let folder = '';
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'diptych-'))));
afterEach(async () => rm(folder, { recursive: true }));

const raster = (channels: Raster['channels']): Raster => ({
  data: Uint8ClampedArray.from({ length: 4 * channels }, (_, i) => 10 * Math.floor(i / channels) + (i % channels)),
  width: 2,
  height: 2,
  channels,
});
async function batchesOf(path: string, options: ImageFilesOptions = {}): Promise<Batch[]> {
  const { set } = await openImages(path, options);
  const found: Batch[] = [];
  for await (const batch of set as AsyncIterable<Batch>) found.push(batch);
  return found;
}

describe('openImages', () => {
  it('reads files by their content, without alpha, with pictures as they are stored unless asked to turn them', async () => {
    await writeFile(join(folder, '1.JPEG'), encodePng(raster(4)));
    await writeFile(join(folder, '2.png'), encodePng(raster(2)));
    const { cases } = fixtures('images').find(({ file }) => file === 'orientation')!;
    const turned = cases.find(({ format, orientation }) => format === 'JPEG' && orientation === 6)!;
    await writeFile(join(folder, '3.webp'), Buffer.from(turned.file as string, 'base64'));
    const found = await batchesOf(folder);
    expect(found.map(({ shape }) => shape)).toEqual([
      [1, 2, 2, 3],
      [1, 2, 2, 1],
      [1, 5, 7, 3],
    ]);
    expect(Array.from(found[0].x)).toEqual([0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32]);
    expect(Array.from(found[1].x)).toEqual([0, 10, 20, 30]);
    expect(Array.from(found[2].x)).toEqual(Array.from(Buffer.from(turned.stored as string, 'base64')));
    expect((await batchesOf(folder, { exifTranspose: true }))[2].shape).toEqual([1, 7, 5, 3]);
    await expect(batchesOf(folder, { maxPixels: 3 })).rejects.toThrow(/1.JPEG has .* pixels, more than 3/);
    const skipped: string[] = [];
    const skip = { maxPixels: 4, skipBad: true, onSkip: (file: string) => void skipped.push(file) };
    expect(await batchesOf(folder, skip)).toHaveLength(2);
    expect(skipped).toEqual([join(folder, '3.webp')]);
  });

  it('takes the integers of a numpy archive for levels, floats for pixels, and refuses what may be either', async () => {
    const path = join(folder, 'samples.npz');
    const of = async (data: Int32Array | Float32Array | Float64Array | Uint8Array) => {
      await writeFile(path, writeNpz({ arr_0: { shape: [1, 2, 2, 1], data } }));
      return (await batchesOf(path))[0].x;
    };
    expect(await of(Uint8Array.of(0, 1, 128, 255))).toEqual(Uint8Array.of(0, 1, 128, 255));
    expect(await of(Int32Array.of(0, 1, 128, 255))).toEqual(Uint8Array.of(0, 1, 128, 255));
    expect(await of(Float64Array.of(-1, 0, 0.5, 1))).toEqual(Float32Array.of(-1, 0, 0.5, 1));
    expect(await of(Float32Array.of(0, 0.25, 0.5, 1))).toEqual(Float32Array.of(-1, -0.5, 0, 1));
    await expect(of(Float32Array.of(0, 1, 128, 255))).rejects.toThrow(
      /arr_0.npy in .*samples.npz holds numbers in .* \(float32\), beyond 0..1/,
    );
    await expect(of(Int32Array.of(0, 1, 128, 256))).rejects.toThrow(/holds numbers in 0..256 \(int32\), beyond 0..255/);
    await writeFile(path, writeNpz({ labels: { shape: [2], data: Uint8Array.of(0, 1) } }));
    await expect(openImages(path)).rejects.toThrow(/has neither mu and sigma nor images \[N, H, W, C\], only labels/);
  });
});
