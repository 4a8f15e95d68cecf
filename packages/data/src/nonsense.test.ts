import '@tensorflow/tfjs-backend-cpu';
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { key } from '@diptych/core';
import { writeNpy, writeNpz } from '@diptych/formats';
import { cubicKernel, torchResize } from '@diptych/ops';
import { callWithNonsense, soundCall, ownNames } from '@diptych/test-utils/nonsense';
import { zipSync } from 'fflate';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as browser from './browser/index.ts';
import * as dataset from './dataset/index.ts';
import * as datasets from './datasets/index.ts';
import * as images from './images/index.ts';
import * as inspect from './inspect/index.ts';
import * as latents from './latents/index.ts';
import * as node from './node/index.ts';
import * as transforms from './transforms/index.ts';
import * as workers from './workers/index.ts';
import type { Raster } from './images/index.ts';

/** What takes no arguments. */
const withoutArguments = ['cacheFolder', 'cifar100Classes', 'digitSplits', 'digits'];

/** Not called with nonsense yet: most need a browser, a server, threads or files of their own. */
const unchecked = [
  'decodeJpeg',
  'decodeWebp',
  'directoryDataset',
  'download',
  'downloadCifar10',
  'downloadCifar100',
  'downloadMnist',
  'encodeLatents',
  'fetchArchive',
  'fileSha256',
  'inWorkers',
  'latentDataset',
  'mnistDataset',
  'opfsFolder',
  'serveDataset',
  'workerDataset',
];

let folder: string;
const cwd = process.cwd();

const grey = (count: number) => Uint8Array.from({ length: count * 64 }, (_, i) => (i * 7) % 256);
const small = () => dataset.arrayDataset({ x: grey(4), shape: [8, 8, 1], label: [0, 1, 0, 1] });
const stream = () => dataset.batches(small(), { batchSize: 2, key: key(0) });
const batch = () => ({ x: grey(2), shape: [2, 8, 8, 1] as const });
const raster = (): Raster => ({ data: new Uint8ClampedArray(4 * 4 * 4).fill(9), width: 4, height: 4, channels: 4 });
const record = (labels: number) => new Uint8Array(labels + 3 * 1024);
const files = { name: 'mine', decoders: images.imageDecoders, channels: 1, maxPixels: 100, exifTranspose: false };
const reading = { ...files, fit: (image: Raster) => image, skipBad: false };
/** 1x1 pixels, stored. */
const png = () => images.encodePng({ data: new Uint8ClampedArray([7]), width: 1, height: 1, channels: 1 });

const setNames = ownNames('0', 'name', 'length', 'shape', 'classes', 'batch');
const streamNames = ownNames('0', 'batchSize', 'stepsPerEpoch', 'position', 'at', 'from');
const batchNames = (place: string) => ownNames(place, 'x', 'shape');
const rasterNames = ownNames('0', 'data', 'width', 'height', 'channels');

const datasetCalls = () => [
  soundCall('arrayDataset', dataset.arrayDataset, () => [
    { x: grey(2), shape: [8, 8, 1], label: [0, 1], classes: ['a', 'b'], name: 'mine' },
  ]),
  soundCall(
    'batches',
    async (...args: Parameters<typeof dataset.batches>) => dataset.batches(...args).at(0),
    () => [small(), { batchSize: 2, key: key(0), position: 0, dropRemainder: true }],
    setNames,
  ),
  soundCall(
    'checkBatch',
    dataset.checkBatch,
    () => [batch(), { length: 2, image: [8, 8, 1], classes: 2, where: 'mine' }],
    batchNames('0'),
  ),
  soundCall(
    'mapBatches',
    async (...args: Parameters<typeof dataset.mapBatches>) => dataset.mapBatches(...args).at(0),
    () => [stream(), (same: unknown) => same],
    streamNames,
  ),
  soundCall(
    'prefetch',
    async (...args: Parameters<typeof dataset.prefetch>) => dataset.prefetch(...args).at(0),
    () => [stream(), { depth: 2 }],
    streamNames,
  ),
  soundCall('sequentialBatches', dataset.sequentialBatches, () => [small(), { batchSize: 2 }], setNames),
  soundCall('subset', dataset.subset, () => [small(), [0, 1], { name: 'mine' }], {
    ...setNames,
    '1: {}': 'a range: all of them',
  }),
  soundCall('subset of a range', dataset.subset, () => [small(), { from: 0, to: 2 }, { name: 'mine' }], setNames),
  soundCall('toBatch', dataset.toBatch, () => [small()], setNames),
];

const datasetsCalls = () => [
  soundCall('cifar10Dataset', datasets.cifar10Dataset, () => [[record(1)], { name: 'mine', classes: ['a'] }]),
  soundCall('cifar100Dataset', datasets.cifar100Dataset, () => [
    [record(2)],
    { name: 'mine', classes: ['a'], coarse: true },
  ]),
  soundCall('isHidden', datasets.isHidden, () => ['a/b.png']),
  soundCall('npyImages', datasets.npyImages, () => [
    writeNpy({ shape: [1, 2, 2], data: new Uint8Array(4) }),
    { name: 'mine', range: [0, 255] },
  ]),
  soundCall('npzDataset', datasets.npzDataset, () => [
    writeNpz({
      a: { shape: [1, 2, 2], data: new Uint8Array(4) },
      b: { shape: [1], data: new Uint8Array(1) },
    }),
    { name: 'mine', maxBytes: 1e6, images: 'a', labels: 'b', classes: ['a'], range: [0, 255] },
  ]),
  soundCall('zipDataset', datasets.zipDataset, () => [
    zipSync({ 'a.png': png() }),
    { ...reading, maxBytes: 1e6, classes: ['a'] },
  ]),
  soundCall('imageFolder', node.imageFolder, () => [join(folder, 'images'), reading]),
];

const imageCalls = () => [
  soundCall('beside', images.beside, () => [[raster()], { gap: 1, background: [0, 0, 0] }]),
  soundCall('bytesToSigned', images.bytesToSigned, () => [grey(1)]),
  soundCall('signedToBytes', images.signedToBytes, () => [new Float32Array(4)]),
  soundCall('centerCropResize', images.centerCropResize, () => [4, { axis: torchResize(cubicKernel()) }]),
  soundCall(
    'contactSheet',
    images.contactSheet,
    () => [
      batch(),
      {
        columns: 1,
        scale: 1,
        margin: 1,
        captions: ['a', 'b'],
        title: 't',
        textScale: 1,
        background: [0, 0, 0],
        textColor: [9, 9, 9],
      },
    ],
    batchNames('0'),
  ),
  soundCall('decodeImage', images.decodeImage, () => [png(), { name: 'mine', maxPixels: 10, exifTranspose: false }]),
  soundCall('decodePng', images.decodePng, () => [png(), { name: 'mine', maxPixels: 10, exifTranspose: false }]),
  soundCall('encodePng', images.encodePng, () => [raster()], rasterNames),
  soundCall('withChannels', images.withChannels, () => [raster(), 1], rasterNames),
  soundCall('saveBytes', node.saveBytes, () => [join(folder, 'bytes'), new Uint8Array(2)], {
    '1: "3"': 'text',
    '1: "constructor"': 'text',
  }),
  soundCall('saveGrid', node.saveGrid, () => [join(folder, 'grid.png'), tf.zeros([1, 2, 2, 1]), { columns: 1 }]),
  soundCall('saveImages', node.saveImages, () => [join(folder, 'each'), tf.zeros([1, 2, 2, 1]), { name: () => 'a' }], {
    '0: "3"': 'a file of that name is there: the error of the file system as it is',
    '0: "constructor"': 'a file of that name is there: the error of the file system as it is',
  }),
  soundCall(
    'savePng',
    node.savePng,
    () => [join(folder, 'a.png'), raster()],
    ownNames('1', 'data', 'width', 'height', 'channels'),
  ),
  soundCall(
    'inspect',
    inspect.inspect,
    () => [small(), { columns: 2, rows: 2, signal: new AbortController().signal }],
    setNames,
  ),
];

const transformCalls = () => [
  soundCall('centerCrop', transforms.centerCrop, () => [4]),
  soundCall('colorJitter', transforms.colorJitter, () => [
    { brightness: 0.1, contrast: 0.1, saturation: 0.1, hue: 0.1 },
  ]),
  soundCall('compose', transforms.compose, () => [transforms.grayscale]),
  soundCall('dinoViews', transforms.dinoViews, () => [
    { size: 8, locals: 1, localSize: 4, globalScale: [0.4, 1], localScale: [0.1, 0.4] },
  ]),
  soundCall('edmAugmentation', transforms.edmAugmentation, () => [{ probability: 0.1, ops: { xflip: 1 } }]),
  soundCall(
    'edmAugmentation().apply',
    (...args: Parameters<transforms.Augmentation['apply']>) => transforms.edmAugmentation().apply(...args),
    () => [batch(), key(0)],
    batchNames('0'),
  ),
  soundCall('gaussianBlur', transforms.gaussianBlur, () => [{ sigma: [0.1, 2], kernel: 3 }]),
  soundCall(
    'grayscale',
    transforms.grayscale,
    () => [{ data: new Float32Array(4), shape: [2, 2, 1] }],
    ownNames('0', 'data', 'shape'),
  ),
  soundCall('randomApply', transforms.randomApply, () => [0.5, transforms.grayscale]),
  soundCall('randomCrop', transforms.randomCrop, () => [4, { padding: 1 }]),
  soundCall('randomFlip', transforms.randomFlip, () => [0.5]),
  soundCall('randomResizedCrop', transforms.randomResizedCrop, () => [
    4,
    { scale: [0.1, 1], ratio: [0.5, 2], axis: torchResize(cubicKernel()) },
  ]),
  soundCall('simclrViews', transforms.simclrViews, () => [{ size: 8, strength: 1, blur: true, minScale: 0.1 }]),
  soundCall('solarize', transforms.solarize, () => [0.5]),
  soundCall('views', transforms.views, () => [[transforms.grayscale]]),
  soundCall(
    'views().apply',
    (...args: Parameters<transforms.Views['apply']>) => transforms.views([transforms.grayscale]).apply(...args),
    () => [batch(), key(0)],
    batchNames('0'),
  ),
];

const latentCalls = () => [
  soundCall('normalize', latents.normalize, () => [new Float32Array(2), { mean: [0], std: [1] }]),
  soundCall('denormalize', latents.denormalize, () => [new Float32Array(2), { mean: [0], std: [1] }]),
  soundCall(
    'sampleLatents',
    latents.sampleLatents,
    () => [
      { x: new Float32Array(4), shape: [1, 1, 2, 2] },
      key(0),
      { channels: 1, normalizer: { mean: [0], std: [1] } },
    ],
    batchNames('0'),
  ),
];

const all = () => [...datasetCalls(), ...datasetsCalls(), ...imageCalls(), ...transformCalls(), ...latentCalls()];

describe('data', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
    folder = await mkdtemp(join(tmpdir(), 'diptych-nonsense-'));
    process.chdir(folder);
    await mkdir('images');
    await node.saveBytes('images/a.png', png());
  });

  afterAll(async () => {
    process.chdir(cwd);
    await rm(folder, { recursive: true });
  });

  it('is called with nonsense in every function but those that are named', () => {
    const rooms = [browser, dataset, datasets, images, inspect, latents, node, transforms, workers];
    const exported = rooms.flatMap((room) => Object.entries(room)).filter(([, value]) => typeof value === 'function');
    const called = new Set(all().map(({ name }) => name));
    const missing = exported.map(([name]) => name).filter((name) => !called.has(name));
    expect(missing.sort()).toEqual([...withoutArguments, ...unchecked].sort());
  });

  it('refuses nonsense with errors of its own', async () => {
    const { faults } = await callWithNonsense(all());
    expect(faults).toEqual([]);
  });
});
