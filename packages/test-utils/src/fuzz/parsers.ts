import '@tensorflow/tfjs-backend-cpu';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { arrayDataset } from '@diptych/data/dataset';
import {
  cifar100Dataset,
  cifar10Dataset,
  mnistDataset,
  npyImages,
  npzDataset,
  zipDataset,
} from '@diptych/data/datasets';
import { decodeImage, encodePng } from '@diptych/data/images';
import { encodeLatents, imageFolder, latentDataset } from '@diptych/data/node';
import { momentsFromNpz } from '@diptych/eval/features';
import {
  gunzip,
  openSafetensors,
  openShardedSafetensors,
  openZip,
  parseJson,
  readableEntries,
  readIdx,
  readNpy,
  readNpz,
  readPyTorch,
  readSafetensors,
  untar,
  unzip,
  writeNpy,
  writeNpz,
  writeSafetensors,
  type RangedFile,
} from '@diptych/formats';
import { AutoencoderTiny, DiT, loadAutoencoder, loadNetwork, saveNetwork, UNet, UViT } from '@diptych/models';
import { Edm2UNet } from '@diptych/models/networks';
import { decodeCheckpoint, encodeCheckpoint } from '@diptych/trainer';
import { fixtures } from '../fixtures/index.ts';
import { checkpoint, string, tensor } from '../formats/index.ts';
import { joined, tarPart, zipOf } from './built-files.ts';
import {
  changedChunks,
  changedEntries,
  changedJson,
  changedMetadata,
  changedSegments,
  changedTar,
  changedText,
  packed,
  type Change,
} from './structured.ts';

/** What reads a kind of file, and sound files of it. */
export interface Parser {
  name: string;
  seeds: readonly Uint8Array[];
  /** Reads all that there is to be read. */
  read(bytes: Uint8Array): unknown;
  /** A change that leaves the parts of the file that are checked first as they should be: lengths, checksums, names. */
  structured: Change;
}

const bytesOf = (base64: unknown) => new Uint8Array(Buffer.from(base64 as string, 'base64'));
const text = (content: string) => new TextEncoder().encode(content);
const images = (name: string) =>
  fixtures('images')
    .filter(({ file }) => file === name)
    .flatMap(({ cases }) => cases.map(({ file }) => bytesOf(file)));

const ranged = (bytes: Uint8Array): RangedFile => ({
  size: bytes.length,
  readRange: async (start, end) => bytes.subarray(start, end),
});
const ramp = (length: number) => Uint8Array.from({ length }, (_, i) => (37 * i) % 256);
const weights = {
  a: { shape: [2, 3], dtype: 'float32', data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  b: { shape: [2], dtype: 'int64', data: BigInt64Array.of(1n, -1n) },
  c: { shape: [4], dtype: 'bool', data: Uint8Array.of(0, 1, 1, 0) },
} as const;
const png = (level: number) =>
  encodePng({ data: new Uint8ClampedArray(12).fill(level), width: 2, height: 2, channels: 3 });
const labels = text(
  JSON.stringify({
    labels: [
      ['a.png', 0],
      ['b.png', 1],
    ],
  }),
);
const imageZip = zipOf([
  { name: 'a.png', packed: png(1) },
  { name: 'b.png', packed: png(2) },
  { name: 'dataset.json', packed: labels },
]);
const pixels = { shape: [2, 2, 2, 1], data: ramp(8) };
const imageNpz = writeNpz({ images: pixels, labels: { shape: [2], data: Int32Array.of(0, 1) } });
const idxImages = joined([Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2), ramp(8)]);
const idxLabels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 3, 7);
const idxFloats = Uint8Array.of(0, 0, 13, 1, 0, 0, 0, 1, 63, 128, 0, 0);
const pax = `${'18 path=long/name\n'}${'10 size=4\n'}`;
const tar = joined([
  tarPart('folder/', new Uint8Array(0), '5'),
  tarPart('folder/a.txt', text('abc')),
  tarPart('x', text(pax), 'x'),
  tarPart('short', text('data')),
  tarPart('L', text('a-name-of-gnu-tar'), 'L'),
  tarPart('other', ramp(600)),
  new Uint8Array(1024),
]);
const pickle = `}(${string('model')}}(${string('weight')}${tensor()}${string('steps')}K\x07u${string('list')}](K\x01K\x02eu`;
const state = {
  ...{ step: 3, updates: 3, batches: 3, images: 24, key: [1, 2], config: { a: 1 }, metadata: {}, version: '0.1.0' },
};

/** Files of a folder, one after the other: name, length and contents of each. */
const folderOf = (files: Readonly<Record<string, Uint8Array>>) =>
  zipOf(Object.entries(files).map(([name, content]) => ({ name, packed: content })));

/** All parsers of the packages; `folder` is where those that read folders find theirs. */
export async function parsers(): Promise<{ all: Parser[]; end: () => Promise<void> }> {
  const [autoencoderFile, ...networkFiles] = await networks();
  const folder = await mkdtemp(join(tmpdir(), 'diptych-fuzz-'));
  const readAll = async (data: { length: number; batch(indices: Uint32Array): unknown }) => {
    for (let i = 0; i < Math.min(data.length, 4); i++) await data.batch(Uint32Array.of(i));
  };
  /** A folder made of the files of a zip that is itself read. */
  const inFolder = async (bytes: Uint8Array, read: (path: string) => Promise<unknown>) => {
    const path = join(folder, 'case');
    await rm(path, { recursive: true, force: true });
    for (const [name, content] of unzip(bytes)) {
      await mkdir(join(path, name, '..'), { recursive: true });
      await writeFile(join(path, name), content);
    }
    await read(path);
  };
  const all: Parser[] = [
    {
      name: 'readNpy',
      seeds: [
        writeNpy({ shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }),
        writeNpy({ shape: [], data: Float64Array.of(1) }),
        writeNpy({ shape: [5], data: Uint8Array.of(1, 2, 3, 4, 5) }),
      ],
      read: (bytes) => readNpy(bytes),
      structured: changedText,
    },
    {
      name: 'readNpz',
      seeds: [imageNpz],
      read: (bytes) => readableEntries(readNpz(bytes)),
      structured: changedEntries(changedText),
    },
    {
      name: 'npyImages',
      seeds: [writeNpy(pixels), writeNpy({ shape: [1, 2, 2, 3], data: new Float32Array(12) })],
      read: (bytes) => npyImages(bytes),
      structured: changedText,
    },
    {
      name: 'npzDataset',
      seeds: [imageNpz],
      read: (bytes) => readAll(npzDataset(bytes)),
      structured: changedEntries(changedText),
    },
    {
      name: 'momentsFromNpz',
      seeds: [
        writeNpz({
          mu: { shape: [2], data: Float64Array.of(0, 1) },
          sigma: { shape: [2, 2], data: Float64Array.of(1, 0.5, 0.5, 2) },
          count: { shape: [], data: Float64Array.of(10) },
        }),
      ],
      read: (bytes) => momentsFromNpz(bytes),
      structured: changedEntries(changedText),
    },
    {
      name: 'readSafetensors',
      seeds: [writeSafetensors(weights, { format: 'pt' })],
      read: (bytes) => readableEntries(readSafetensors(bytes).tensors),
      structured: changedJson(8),
    },
    {
      name: 'openSafetensors',
      seeds: [writeSafetensors(weights)],
      read: async (bytes) => {
        const file = await openSafetensors(ranged(bytes));
        for (const name of file.names) await file.read([name]);
      },
      structured: changedJson(8),
    },
    {
      name: 'openShardedSafetensors',
      seeds: [
        text(JSON.stringify({ metadata: { total_size: 40 }, weight_map: { a: 'x.safetensors', b: 'x.safetensors' } })),
      ],
      read: async (bytes) => {
        const file = openShardedSafetensors(bytes, async () => ranged(writeSafetensors(weights)));
        await file.read();
      },
      structured: changedJson(0),
    },
    {
      name: 'readPyTorch',
      seeds: [checkpoint(pickle), checkpoint(`](${tensor({ shape: [2, 2], stride: [0, 1] })}e`)],
      read: (bytes) => readableEntries(readPyTorch(bytes).tensors),
      structured: changedEntries(changedText),
    },
    {
      name: 'decodeCheckpoint',
      seeds: [encodeCheckpoint({ tensors: weights, state } as unknown as Parameters<typeof encodeCheckpoint>[0])],
      read: (bytes) => decodeCheckpoint(bytes),
      structured: changedJson(8),
    },
    {
      name: 'loadNetwork',
      seeds: networkFiles,
      read: async (bytes) => {
        const { network, ...loaded } = await loadNetwork(bytes);
        network.dispose();
        return loaded.diffusion;
      },
      structured: changedMetadata,
    },
    {
      name: 'loadAutoencoder',
      seeds: [autoencoderFile],
      read: async (bytes) => {
        const { autoencoder } = await loadAutoencoder(ranged(bytes));
        autoencoder.dispose();
      },
      structured: changedMetadata,
    },
    {
      name: 'unzip',
      seeds: [
        imageZip,
        folderOf({ 'a/b.txt': text('abc'), c: ramp(300) }),
        packed({ a: ramp(1000), b: text('x'.repeat(999)) }),
      ],
      read: (bytes) => unzip(bytes),
      structured: changedEntries((content) => content),
    },
    {
      name: 'openZip',
      seeds: [imageZip, packed({ a: ramp(1000) })],
      read: async (bytes) => {
        const file = await openZip(ranged(bytes));
        for (const name of file.names) await file.read(name);
      },
      structured: changedEntries((content) => content),
    },
    { name: 'untar', seeds: [tar], read: (bytes) => untar(bytes), structured: changedTar },
    {
      name: 'gunzip',
      seeds: [new Uint8Array(gzipSync(idxImages))],
      read: async (bytes) => readIdx(await gunzip(bytes)),
      structured: (_, draws) => new Uint8Array(gzipSync(changedText(idxImages, draws))),
    },
    {
      name: 'readIdx',
      seeds: [idxImages, idxLabels, idxFloats],
      read: (bytes) => readIdx(bytes),
      structured: changedText,
    },
    {
      name: 'mnistDataset, images',
      seeds: [idxImages],
      read: (bytes) => readAll(mnistDataset({ images: bytes, labels: idxLabels })),
      structured: changedText,
    },
    {
      name: 'mnistDataset, labels',
      seeds: [idxLabels],
      read: (bytes) => readAll(mnistDataset({ images: idxImages, labels: bytes })),
      structured: changedText,
    },
    {
      name: 'cifar10Dataset',
      seeds: [ramp(3073).fill(3, 0, 1)],
      read: (bytes) => readAll(cifar10Dataset([bytes])),
      structured: changedText,
    },
    {
      name: 'cifar100Dataset',
      seeds: [ramp(3074).fill(3, 0, 2)],
      read: (bytes) => readAll(cifar100Dataset([bytes])),
      structured: changedText,
    },
    {
      name: 'parseJson',
      seeds: [labels, text('{"a":[1,2.5e3,"x\\u0041\\n"],"b":{"c":null,"d":true}}')],
      read: (bytes) => parseJson(bytes),
      structured: changedJson(0),
    },
    {
      name: 'decodeImage, PNG',
      seeds: images('png'),
      read: (bytes) => decodeImage(bytes, { exifTranspose: true }),
      structured: changedChunks,
    },
    {
      name: 'decodeImage, JPEG',
      seeds: images('jpeg'),
      read: (bytes) => decodeImage(bytes, { exifTranspose: true }),
      structured: changedSegments,
    },
    {
      name: 'decodeImage, EXIF',
      seeds: images('orientation'),
      read: (bytes) => decodeImage(bytes, { exifTranspose: true }),
      structured: (bytes, draws) => (bytes[0] === 0x89 ? changedChunks : changedSegments)(bytes, draws),
    },
    {
      name: 'decodeImage, WebP',
      seeds: webps(),
      read: (bytes) => decodeImage(bytes, { exifTranspose: true }),
      structured: changedText,
    },
    {
      name: 'zipDataset',
      seeds: [imageZip],
      read: async (bytes) => readAll(await zipDataset(bytes, { skipBad: true })),
      structured: changedEntries((content, draws) =>
        (content[0] === 0x89 ? changedChunks : changedJson(0))(content, draws),
      ),
    },
    {
      name: 'imageFolder',
      seeds: [folderOf({ 'a/1.png': png(1), 'a/2.png': png(2), 'b/3.png': png(3) })],
      read: (bytes) => inFolder(bytes, async (path) => readAll(await imageFolder(path, { skipBad: true }))),
      structured: changedEntries(changedChunks),
    },
    {
      name: 'latentDataset',
      seeds: [await latentFolder(join(folder, 'latents'))],
      read: (bytes) => inFolder(bytes, async (path) => readAll(await latentDataset(path))),
      structured: changedEntries((content, draws) => changedJson(content[0] === 0x7b ? 0 : 8)(content, draws)),
    },
  ];
  return { all, end: () => rm(folder, { recursive: true, force: true }) };
}

/** Lossless and lossy ones, with and without alpha, written by Pillow. */
function webps(): Uint8Array[] {
  return [
    'UklGRiwAAABXRUJQVlA4TCAAAAAvBgABAM1lRP8DCtlIgjCWYH3Wn+e7MxjYgYoJ0MSCFw==',
    'UklGRoIAAABXRUJQVlA4IHYAAADwAgCdASoHAAUAAUAmJbACdDXAOcA/UD2MylAE/qVg4ADOPq71Qedxq7ZU+q4WtPnjpiAx+PnFWBh8Ce85hu4yLsHidpb+3bx/zMcP+TkkzP/j1l2hv+fo/EY/J3nl2UDjVKL7NP+P/1k6n9G96lL9ol9wAAAA',
    'UklGRjQAAABXRUJQVlA4TCcAAAAvBgABEM1lRP8DCtlIgjCWYH3Wn+e7MxjYgRKTpiF2mccJ0EgW/AIA',
    'UklGRrgAAABXRUJQVlA4WAoAAAAQAAAABgAABAAAQUxQSBkAAAABuYzof0BR2zZQf8VT/vSujUHEBEwAkpUXAFZQOCB4AAAA0AIAnQEqBwAFAAFAJiWwAnQ1wDnVf1A9jMGE3nlNAAD5bsbgKmNQbUhqtYtKjwR/HT6YPyFW+WMpe5uFe88Po47N0S4naW/ualP/Mxw/5OSTnb/T1l2hv+cg/Iy/5O88zyIGVfBv0C/8D/rJ1P6N71KX7RL5SAAA',
  ].map(bytesOf);
}

async function latentFolder(path: string): Promise<Uint8Array> {
  const { readdir, readFile } = await import('node:fs/promises');
  const data = arrayDataset({ x: ramp(12), shape: [2, 1, 1], label: [0, 1, 1, 0, 1, 0], name: 'ramps' });
  const encode = async ({ x }: { x: Float32Array }) => ({
    shape: [x.length / 2, 1, 1, 2] as const,
    mean: x,
    logVariance: new Float32Array(x.length),
  });
  await encodeLatents(data, encode, { to: path, encoder: 'none', shardSize: 4 });
  const files = (await readdir(path)).sort();
  const contents = await Promise.all(files.map((file) => readFile(join(path, file))));
  return folderOf(Object.fromEntries(files.map((file, i) => [file, new Uint8Array(contents[i])])));
}

/** An autoencoder and a network of every class as files. */
async function networks(): Promise<Uint8Array[]> {
  const tokens = {
    image: [2, 2, 1],
    patch: 2,
    width: 4,
    depth: 2,
    heads: 1,
    classes: 2,
    selfConditioning: {},
  } as const;
  const levels = { image: [2, 2, 1], width: 4, multipliers: [1], blocks: 1, attention: [2], filter: [1, 1] } as const;
  const normalizer = { mean: [0], std: [1] };
  const tiny = new AutoencoderTiny({ width: 2, latentChannels: 1, encoderBlocks: [1], decoderBlocks: [1], normalizer });
  const all = [
    new UViT({ ...tokens, context: { length: 1, width: 2 } }),
    new DiT({ ...tokens, projectors: { after: 'block.0', hidden: 2, outputs: [2] } }),
    new UNet({ ...levels, augmentation: 9 }),
    new Edm2UNet({ ...levels, balances: { label: 0.4 }, headChannels: 4 }),
  ];
  const recipes = [
    ['edm', { sigmaData: 0.7 }],
    ['ddpm', { steps: 10 }],
    ['iddpm', { levels: 10 }],
    ['flow', {}],
  ] as const;
  const files = [
    await saveNetwork(tiny),
    ...(await Promise.all(
      all.map((of, i) => saveNetwork(of, { diffusion: recipes[i], normalizer, metadata: { a: 'b' } })),
    )),
  ];
  for (const block of [tiny, ...all]) block.dispose();
  return files;
}
