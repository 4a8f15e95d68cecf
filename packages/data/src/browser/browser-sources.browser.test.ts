import { key } from '@diptych/core';
import { numberSet } from '@diptych/test-utils/data';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toBatch, batches, prefetch } from '../dataset/index.ts';
import { encodePng, type Raster } from '../images/index.ts';
import { workerDataset } from '../workers/index.ts';
import { directoryDataset, fetchArchive, opfsFolder } from './index.ts';

let folder: FileSystemDirectoryHandle;
beforeEach(async () => void (folder = await opfsFolder('diptych-test')));
afterEach(async () => (await navigator.storage.getDirectory()).removeEntry('diptych-test', { recursive: true }));

async function put(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const names = path.split('/');
  let at = folder;
  for (const name of names.slice(0, -1)) at = await at.getDirectoryHandle(name, { create: true });
  const writer = await (await at.getFileHandle(names.at(-1)!, { create: true })).createWritable();
  await writer.write(bytes);
  await writer.close();
}
const flat = (level: number, channels: Raster['channels'] = 3): Uint8Array<ArrayBuffer> =>
  encodePng({ data: new Uint8ClampedArray(4 * channels).fill(level), width: 2, height: 2, channels });
const hex = (bytes: ArrayBuffer) => Array.from(new Uint8Array(bytes), (b) => b.toString(16).padStart(2, '0')).join('');
const served = (text: string) => URL.createObjectURL(new Blob([text]));
const hashOf = async (text: string) => hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));

describe('directoryDataset', () => {
  it('takes folders for classes, in the order of their names, as imageFolder does in Node', async () => {
    await put('dog/2.png', flat(20));
    await put('dog/1.png', flat(10));
    await put('Cat/1.PNG', flat(30));
    await put('dog/.hidden', new Uint8Array(1));
    const data = await directoryDataset(folder);
    expect([data.name, data.length, data.classes, data.shape]).toEqual(['diptych-test', 3, ['Cat', 'dog'], [2, 2, 3]]);
    const { x, label } = await toBatch(data);
    expect([0, 12, 24].map((at) => x[at])).toEqual([30, 10, 20]);
    expect(Array.from(label!)).toEqual([0, 1, 1]);
  });

  it('names bad images or goes on without them, and refuses empty folders', async () => {
    await expect(directoryDataset(folder)).rejects.toThrow(/diptych-test holds no images/);
    await put('a.png', flat(1));
    await put('b.png', new Uint8Array(9));
    await put('c.png', flat(1, 4));
    const data = await directoryDataset(folder);
    await expect(data.batch([1])).rejects.toThrow(/b.png is not a whole PNG/);
    const { length, skipped } = await directoryDataset(folder, { skipBad: true });
    expect([length, skipped.map(({ file }) => file)]).toEqual([2, ['b.png']]);
    await put('d.JPEG', flat(4));
    const named = await directoryDataset(folder, { skipBad: true, channels: 1 });
    expect(Array.from((await toBatch(named)).x)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 4, 4, 4, 4]);
    await expect(directoryDataset(folder, { maxPixels: 3 })).rejects.toThrow(/a.png has .* pixels, more than 3/);
    await folder.getDirectoryHandle('empty', { create: true });
    await expect(directoryDataset(folder)).rejects.toThrow(/holds class folders and images beside them/);
  });
});

describe('fetchArchive', () => {
  it('checks what it fetched, tries the mirrors in turn, and keeps the file', async () => {
    const sha256 = await hashOf('hello');
    const seen: number[] = [];
    const urls = [served('other'), 'http://127.0.0.1:1/closed', served('hello')];
    const onProgress = ({ received }: { received: number }) => seen.push(received);
    const bytes = await fetchArchive(urls, { sha256, cache: folder, onProgress });
    expect(new TextDecoder().decode(bytes)).toBe('hello');
    expect(seen.at(-1)).toBe(5);
    urls.forEach((url) => url.startsWith('blob:') && URL.revokeObjectURL(url));
    expect(await fetchArchive(urls, { sha256, cache: folder })).toEqual(bytes);
  });

  it('fetches again what was damaged in the cache, and names wrong hashes', async () => {
    const sha256 = await hashOf('hello');
    await put(sha256, new Uint8Array(3));
    expect((await fetchArchive(served('hello'), { sha256, cache: folder })).length).toBe(5);
    const wrong = await hashOf('other');
    await expect(fetchArchive(served('hello'), { sha256: wrong, cache: folder })).rejects.toThrow(
      new RegExp(`gave SHA-256 ${sha256}, expected ${wrong}`),
    );
    await expect(folder.getFileHandle(wrong)).rejects.toThrow();
    await expect(fetchArchive('x', { sha256: 'abc' })).rejects.toThrow(/sha256 must be 64 hexadecimal digits/);
    await expect(fetchArchive('x', { sha256, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });
});

describe('workerDataset with prefetch', () => {
  const start = () =>
    new Worker(new URL('../../../test-utils/src/data/number-worker.ts', import.meta.url), { type: 'module' });

  it('gives the batches that the page itself would make, for any number of workers', async () => {
    const options = { batchSize: 4, key: key(3) };
    const plain = batches(numberSet(23), options);
    for (const count of [1, 3]) {
      const data = await workerDataset(Array.from({ length: count }, start));
      expect([data.name, data.length, data.classes]).toEqual(['numbers', 23, ['even', 'odd']]);
      let step = 7;
      for await (const batch of prefetch(batches(data, options), { depth: 4 }).from(7)) {
        expect(batch).toEqual(await plain.at(step));
        if (++step === 15) break;
      }
      await expect(data.batch([23])).rejects.toThrow(
        /numbers.batch: indices\[0\] must be an integer in 0 .. 22, got 23/,
      );
      const late = data.batch([1]);
      void data.close();
      await expect(late).rejects.toThrow(/the workers were ended/);
    }
    await expect(workerDataset([])).rejects.toThrow(/at least one worker/);
  });
});
