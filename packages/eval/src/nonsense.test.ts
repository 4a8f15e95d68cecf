import '@tensorflow/tfjs-backend-cpu';
import { edm, key, type Network } from '@diptych/core';
import { arrayDataset } from '@diptych/data';
import { writeSafetensors } from '@diptych/formats';
import { DiptychError } from '@diptych/formats/errors';
import { FakeNetwork } from '@diptych/test-utils/losses';
import { callWithNonsense, type SoundCall } from '@diptych/test-utils/nonsense';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import * as features from './features/index.ts';
import * as root from './index.ts';
import * as metrics from './metrics/index.ts';
import * as networks from './networks/index.ts';
import * as node from './node/index.ts';
import * as probes from './probes/index.ts';
import * as report from './report/index.ts';
import * as representation from './representation/index.ts';
import * as study from './study/index.ts';

const rooms: Readonly<Record<string, unknown>>[] = [
  root,
  features,
  metrics,
  networks,
  probes,
  report,
  representation,
  study,
  node,
];

/** Those that take nothing. */
const takeNothing = ['digitFeatures', 'frechetMetric', 'spatialFrechetMetric'];

/** Those that are not in the table, and why. */
const unchecked: Readonly<Record<string, string>> = {
  inception: 'takes 24 million weights; what it refuses is tested below',
  fetchWeights: 'downloads; what it refuses is tested below',
};

await tf.setBackend('cpu');

/** A value whose parts are not options of the function that it is given to. */
const whole = <T extends object>(of: T): T => Object.assign(Object.create({}) as T, of);

const diffusion = whole(edm());
const inner = new FakeNetwork({ channels: 1 });
/** Its weights out of reach, so that they outlive the calls. */
const network: Network = whole<Network>({
  forward: (input, options) => inner.forward(input, options),
  variables: () => inner.variables(),
  trainableVariables: () => inner.trainableVariables(),
  tapNames: () => inner.tapNames(),
});

const numbers = Float64Array.of(0, 0, 1, 0.5, 3, 4, 4, 3, 0.5, 1, 3.5, 3, 0, 0.4, 4, 4.5);
const labels = Int32Array.of(0, 0, 1, 1, 0, 1, 0, 1);
const rows = () => ({ rows: numbers, dims: 2 });
const labeled = () => ({ ...rows(), labels });
const parts = () => ({ train: labeled(), validation: labeled(), test: labeled() });
const many = () => ({ rows: Float64Array.from({ length: 24 }, (_, i) => Math.sin(7 * i)), dims: 2 });
const moments = () => ({
  count: 4,
  dims: 2,
  mean: Float64Array.of(0, 1),
  covariance: Float64Array.of(1, 0, 0, 1),
});
const pixels = Uint8Array.from({ length: 8 * 64 }, (_, i) => (i * 31) % 256);
const dataset = whole(arrayDataset({ x: pixels, shape: [8, 8, 1], label: labels, name: 'own', classes: ['a', 'b'] }));
const splits = { train: dataset, validation: dataset, test: dataset };
const digits = whole(networks.digitFeatures());
const tapFeatures: probes.TapFeatures = (batch) => ({
  mid: { rows: Float32Array.from({ length: 2 * batch.shape[0] }, (_, i) => i % 7), dims: 2 },
});
const confusion = probes.confusionMatrix(labels, labels);
const curves = { own: { points: [{ shots: 1, mean: 0.5, std: 0.1, testAccuracy: [], validationAccuracy: [] }] } };
const grid = whole(
  await probes.linearProbeGrid({ features: tapFeatures, splits, sigmas: [0.1, 1], key: key(0), probe: { l2: [1] } }),
);
const dense = () => ({
  ...rows(),
  grid: [2, 2] as const,
  size: [2, 2] as const,
  masks: Uint8Array.from(labels),
});
const wide = () => whole({ rows: Float64Array.from({ length: 3 * 2048 }, (_, i) => i % 7), dims: 2048 });
const fakeInception = whole({ run: () => ({}), sha256: '0'.repeat(64) });
const dinoSizes = { width: 4, depth: 1, heads: 1, patch: 2, grid: 2 };
const dinoTensors = Object.fromEntries(
  Object.entries(networks.dinoShapes(dinoSizes)).map(([name, shape]) => {
    const data = new Float32Array(shape.reduce((size, side) => size * side, 1));
    return [name, { shape, dtype: 'float32' as const, data }];
  }),
);
const weightFile = writeSafetensors(dinoTensors);
const weightHash = (await networks.readWeights(weightFile)).sha256;
const trained = await networks.trainClassifierFeatures(dataset, { name: 'own', key: key(0), epochs: 1, width: 1 });
const classifier = trained.toSafetensors();
trained.dispose();
const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"></svg>';
const terminal = { out: () => {}, err: () => {}, progress: () => ({ update: () => {}, stop: () => {} }) };
const training = { steps: 1, key: key(0), data: [1] };
const run = () => ({
  ema: undefined,
  dispose: () => {},
  async *[Symbol.asyncIterator]() {
    yield await Promise.resolve({ loss: 1 });
  },
});

type Run = (...args: never[]) => unknown;
const made = (name: string, of: unknown, args: () => unknown[]): SoundCall => ({ name, run: of as Run, args });

/** Rows, moments and parts of a probe are no options: what they hold beside their own is not looked at. */
const beside = ['rows', 'dims', 'labels', 'count', 'mean', 'covariance', 'train', 'validation', 'test'];

/** What is right although it looks like nonsense. */
const takes: Readonly<Record<string, string>> = {
  ...Object.fromEntries([0, 1].flatMap((at) => beside.map((name) => [`${at}.${name}x: misspelt`, 'no option']))),
  '0.count: NaN': 'nobody knows it',
  '1.count: NaN': 'nobody knows it',
  '0.augmentation: null': 'there is none',
  '2.label: a function': 'one for each image',
};

const calls: SoundCall[] = [
  made('moments', features.moments, () => [rows()]),
  made(
    'StreamingMoments',
    (dims: number, chunk: features.FeatureRows) => new features.StreamingMoments(dims).add(chunk),
    () => [2, rows()],
  ),
  made('momentsToNpz', features.momentsToNpz, () => [moments()]),
  made('momentsFromNpz', features.momentsFromNpz, () => [features.momentsToNpz(moments()), { name: 'own' }]),

  made('copyingCheck', metrics.copyingCheck, () => [{ samples: rows(), train: rows(), heldOut: rows() }]),
  made('nearestNeighborDistance', metrics.nearestNeighborDistance, () => [rows(), rows()]),
  made('frechetDistance', metrics.frechetDistance, () => [rows(), moments()]),
  made('frechetInfinity', metrics.frechetInfinity, () => [many(), moments(), { key: key(0), counts: [6, 8, 12] }]),
  made('imageFrechetDistance', metrics.imageFrechetDistance, () => [digits, whole(images8()), whole(images8())]),
  made('inceptionScore', metrics.inceptionScore, () => [rows(), { splits: 2 }]),
  made('measureImages', metrics.measureImages, () => [
    {
      network: digits,
      generated: dataset,
      real: dataset,
      metrics: [metrics.frechetMetric()],
      onProgress: () => {},
      signal: new AbortController().signal,
    },
  ]),
  made('summarizeImages', metrics.summarizeImages, () => [
    digits,
    dataset,
    { needs: ['rows'], name: 'own', onProgress: () => {}, signal: new AbortController().signal },
  ]),
  made('frechetInfinityMetric', metrics.frechetInfinityMetric, () => [{ key: key(0) }]),
  made('kernelMetric', metrics.kernelMetric, () => [{ kernel: {}, subsets: 2, subsetSize: 4, key: key(0) }]),
  made('inceptionScoreMetric', metrics.inceptionScoreMetric, () => [{ splits: 2 }]),
  made('precisionRecallMetric', metrics.precisionRecallMetric, () => [{ k: 1, closed: true }]),
  made('mmdMetric', metrics.mmdMetric, () => [{ sigma: 1, scale: 1 }]),
  made('samplerImages', metrics.samplerImages, () => [
    (count: number) => tf.zeros([count, 2, 2, 1]),
    { count: 2, batchSize: 2 },
  ]),
  made('gaussianMmd', metrics.gaussianMmd, () => [rows(), rows(), { sigma: 1, scale: 1 }]),
  made('kernelDistance', metrics.kernelDistance, () => [
    rows(),
    rows(),
    { kernel: { degree: 2 }, subsets: 2, subsetSize: 4, key: key(0) },
  ]),
  made('polynomialMmd', metrics.polynomialMmd, () => [rows(), rows(), { degree: 3, gamma: 0.5, coef0: 1 }]),
  made('precisionRecall', metrics.precisionRecall, () => [rows(), rows(), { k: 1, closed: true }]),

  made('extractFeatures', networks.extractFeatures, () => [digits, dataset]),
  made('pixelFeatures', networks.pixelFeatures, () => [{ size: [4, 4], channels: 1 }]),
  made('prepareBatch', networks.prepareBatch, () => [whole(networks.legacyPyTorch), whole(one())]),
  made('dinoShapes', networks.dinoShapes, () => [{ width: 4, depth: 1, heads: 1, patch: 2, grid: 2 }]),
  made('trainClassifierFeatures', networks.trainClassifierFeatures, () => [
    dataset,
    {
      name: 'own',
      key: key(0),
      epochs: 1,
      batchSize: 8,
      learningRate: 1e-3,
      width: 1,
      features: 2,
      augment: probes.flipCrop(),
      onEpoch: () => {},
      signal: new AbortController().signal,
    },
  ]),

  made('fid', metrics.fid, () => [
    { generated: wide(), real: wide(), network: fakeInception, protocol: networks.clean },
  ]),
  made('inceptionFeatures', networks.inceptionFeatures, () => [
    fakeInception,
    { protocol: networks.clean, tap: 64, batchSize: 2 },
  ]),
  made('dinoFeatures', networks.dinoFeatures, () => [
    whole({ run: () => tf.zeros([1, 4]), sizes: dinoSizes }),
    { protocol: networks.dinoProtocol, name: 'own', batchSize: 2 },
  ]),
  made(
    'dinoNetwork',
    (...args: Parameters<typeof networks.dinoNetwork>) => networks.dinoNetwork(...args).dispose(),
    () => [whole({ tensors: dinoTensors, sha256: '00' }), dinoSizes],
  ),
  made('readWeights', networks.readWeights, () => [weightFile, { name: 'own', sha256: weightHash }]),
  made(
    'classifierFeatures',
    (file: Uint8Array) => networks.classifierFeatures(file).dispose(),
    () => [classifier],
  ),

  made('linearProbe', probes.linearProbe, () => [
    parts(),
    { l2: [0.1], standardize: true, tolerance: 1e-3, maxIterations: 20, classes: 2 },
  ]),
  made('logisticRegression', probes.logisticRegression, () => [
    rows(),
    labels,
    {
      classes: 2,
      l2: 0.1,
      tolerance: 1e-3,
      maxIterations: 20,
      start: { weight: new Float64Array(4), bias: new Float64Array(2) },
    },
  ]),
  made('ridgeProbe', probes.ridgeProbe, () => [parts(), { alphas: [1], standardize: true, classes: 2 }]),
  made('ridgeClassifier', probes.ridgeClassifier, () => [rows(), labels, { classes: 2, alpha: 1 }]),
  made('nearestNeighborProbe', probes.nearestNeighborProbe, () => [parts(), { k: [1], temperature: 0.07, classes: 2 }]),
  made('nearestNeighborVote', probes.nearestNeighborVote, () => [
    labeled(),
    rows(),
    { k: 1, temperature: 0.07, classes: 2 },
  ]),
  made('ddaeProbe', probes.ddaeProbe, () => [
    parts(),
    { learningRate: 1e-3, epochs: 1, batchSize: 4, batchNorm: true, key: key(0), classes: 2 },
  ]),
  made('ddaeProbeGrid', probes.ddaeProbeGrid, () => [
    {
      features: tapFeatures,
      splits,
      sigmas: [1],
      key: key(0),
      learningRate: 1e-3,
      epochs: 1,
      batchSize: 4,
      batchNorm: false,
      augmentation: probes.flipCrop(),
      classes: 2,
      signal: new AbortController().signal,
      onProgress: () => {},
    },
  ]),
  made('linearProbeGrid', probes.linearProbeGrid, () => [
    {
      features: tapFeatures,
      splits,
      sigmas: [1],
      key: key(0),
      batchSize: 4,
      probe: { l2: [1] },
      signal: new AbortController().signal,
      onProgress: () => {},
    },
  ]),
  made('networkFeatures', probes.networkFeatures, () => [
    network,
    diffusion,
    { taps: ['mid'], weights: {}, label: 0, pool: (x: tf.Tensor) => x, encode: (x: tf.Tensor4D) => x },
  ]),
  made('fewShotCurve', probes.fewShotCurve, () => [
    parts(),
    {
      shots: [1],
      draws: 1,
      key: key(0),
      classes: 2,
      probe: () => ({ validationAccuracy: 1, testAccuracy: 1, protocol: 'own' }),
    },
  ]),
  made('onlineProbe', probes.onlineProbe, () => [
    { classes: 2, key: key(0), learningRate: 1e-3, batchNorm: true, decay: 0.9 },
  ]),
  made('fineTuneProbe', fineTuned, () => [
    {
      forward: ({ shape }: { shape: number[] }) => tf.ones([shape[0], 2]),
      splits,
      key: key(0),
      learningRate: 1e-3,
      layerDecay: 1,
      epochs: 1,
      batchSize: 8,
      augmentation: probes.flipCrop(),
      classes: 2,
      signal: new AbortController().signal,
      onProgress: () => {},
    },
  ]),
  made('denseProbe', probes.denseProbe, () => [
    { train: dense(), validation: dense(), test: dense() },
    { classes: 2, l2: [0.1], standardize: true, tolerance: 1e-3, maxIterations: 10 },
  ]),
  made('segmentationScore', probes.segmentationScore, () => [[1, 0, 1, 2]]),
  made('accuracy', probes.accuracy, () => [labels, labels]),
  made('classify', probes.classify, () => [
    whole({ classes: 2, dims: 2, weight: new Float64Array(4), bias: new Float64Array(2) }),
    rows(),
  ]),
  made('confusionMatrix', probes.confusionMatrix, () => [labels, labels, { classes: 2 }]),
  made('flipCrop', probes.flipCrop, () => [{ pad: 1 }]),
  made('probeRecord', probes.probeRecord, () => [whole({ testAccuracy: 1 }), whole({ run: 7 })]),

  made('confusionChart', report.confusionChart, () => [whole(confusion), { names: ['a', 'b'], title: 'own' }]),
  made('fewShotChart', report.fewShotChart, () => [whole(curves), { title: 'own', width: 100, height: 100 }]),
  made('heatMap', report.heatMap, () => [
    {
      rows: ['a', 'b'],
      columns: ['c'],
      values: [1, 2],
      title: 'own',
      rowLabel: 'r',
      columnLabel: 'c',
      format: String,
      highlight: { row: 0, column: 0 },
      domain: [0, 2],
    },
  ]),
  made('htmlReport', report.htmlReport, () => [
    {
      title: 'own',
      subtitle: 'of mine',
      figures: [{ label: 'a', value: '1' }],
      sections: [{ heading: 'h', parts: [{ text: 'p' }] }],
      footer: 'f',
    },
  ]),
  made('lineChart', report.lineChart, () => [
    {
      series: [{ name: 'a', x: [1, 2], y: [1, 2] }],
      title: 'own',
      xLabel: 'x',
      yLabel: 'y',
      xLog: false,
      yLog: false,
      smooth: 1,
      dots: true,
      lines: true,
      xNames: ['a', 'b'],
      width: 100,
      height: 100,
    },
  ]),
  made('probeReport', report.probeReport, () => [
    grid,
    { title: 'own', classNames: ['a', 'b'], fewShot: curves, images: [], details: {} },
  ]),
  made('textTable', report.textTable, () => [[['a', 'b']]]),

  made('alignment', representation.alignment, () => [rows(), rows(), { alpha: 2 }]),
  made('uniformity', representation.uniformity, () => [rows(), { t: 2 }]),
  made('linearCka', representation.linearCka, () => [rows(), rows()]),
  made('featureSpectrum', representation.featureSpectrum, () => [rows()]),

  made('layerSearch', study.layerSearch, () => [
    {
      layers: ['mid'],
      network: () => network,
      training,
      train: run,
      heldOutLoss: () => 1,
      baseline: false,
      judge: () => ({}),
      onEvent: () => {},
    },
  ]),

  made('featureCache', node.featureCache, () => ['folder', { memoryBytes: 100, chunkBytes: 10 }]),
  made('openImages', node.openImages, () => [import.meta.dirname + '/../../data', { batchSize: 2 }]),
  made('weightsPath', node.weightsPath, () => [whole({ file: 'a', urls: ['b'], megabytes: 1 }), 'folder']),
  made('svgToPng', node.svgToPng, () => [svg, { scale: 1, background: 'white' }]),
  made('runProgram', node.runProgram, () => [['--help'], whole(terminal)]),
];

function images8() {
  return features.moments({ rows: Float64Array.from({ length: 66 * 64 }, (_, i) => Math.sin(i * i)), dims: 64 });
}

function one() {
  return { x: Uint8Array.of(1, 2, 3, 4), shape: [1, 2, 2, 1] };
}

function fineTuned(options: Omit<probes.FineTuneOptions, 'variables'>) {
  const variable = tf.tidy(() => tf.variable(tf.scalar(1)));
  return probes.fineTuneProbe({ ...options, variables: [[variable]] }).finally(() => variable.dispose());
}

it('knows a call of every function that is exported, or why there is none', () => {
  const functions = rooms.flatMap((room) => Object.keys(room).filter((name) => typeof room[name] === 'function'));
  const known = [...calls.map(({ name }) => name), ...takeNothing, ...Object.keys(unchecked)];
  expect([...new Set(functions)].sort()).toEqual([...new Set(known)].sort());
});

it('refuses nonsense in every argument and every option with an error of its own, and leaves no tensors', async () => {
  const { outcomes, faults } = await callWithNonsense(calls.map((call) => ({ ...call, takes })));
  expect(faults).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(4500);
}, 60_000);

const nonsense = [null, undefined, NaN, '3', [], {}, new Date(0), () => 1];

it('inception(): refuses what are no weights and no options', () => {
  for (const value of nonsense) {
    expect(() => networks.inception(value as never), String(value)).toThrow(DiptychError);
    expect(() => networks.inception({ tensors: {}, sha256: '' }, { foldBatchNorm: value ?? 1 } as never)).toThrow(
      /foldBatchNorm must be true or false/,
    );
  }
});

it('fetchWeights(): refuses what is no published file and no options, before it downloads', async () => {
  const checkpoint = { file: 'a', urls: [], sha256: '00', megabytes: 1 };
  for (const value of nonsense) {
    await expect(node.fetchWeights(value as never), String(value)).rejects.toThrow(DiptychError);
    if (typeof value === 'string') continue;
    await expect(node.fetchWeights(checkpoint, { folder: value ?? 1 } as never)).rejects.toThrow(
      /folder must be a string/,
    );
  }
});

const scaled = (scale: number, shift = 0) => ({
  rows: Float64Array.from({ length: 60 }, (_, i) => scale * (Math.sin(3 * i) + shift)),
  dims: 3,
});

/** A metric of rows, and the power of their scale that its value follows; undefined where no such rule holds. */
const ofRows: Readonly<
  Record<string, readonly [(a: features.FeatureRows, b: features.FeatureRows) => number, number?]>
> = {
  frechetDistance: [metrics.frechetDistance, 2],
  frechetInfinity: [(a, b) => metrics.frechetInfinity(a, b, { key: key(0), counts: [10, 20] }).value, 2],
  gaussianMmd: [(a, b) => metrics.gaussianMmd(a, b)],
  polynomialMmd: [(a, b) => metrics.polynomialMmd(a, b).unbiased],
  kernelDistance: [(a, b) => metrics.kernelDistance(a, b, { subsets: 2, subsetSize: 5, key: key(0) }).mean],
  precision: [(a, b) => metrics.precisionRecall(a, b).precision, 0],
  density: [(a, b) => metrics.precisionRecall(a, b).density, 0],
  nearestNeighborDistance: [(a, b) => metrics.nearestNeighborDistance(a, b).distance[1], 1],
  copyingCheck: [(a, b) => metrics.copyingCheck({ samples: a, train: b, heldOut: a }).ratio, 0],
  inceptionScore: [(a) => metrics.inceptionScore(a, { splits: 2 }).mean],
  alignment: [(a, b) => representation.alignment(a, b), 0],
  uniformity: [(a) => representation.uniformity(a), 0],
  linearCka: [representation.linearCka, 0],
  effectiveRank: [(a) => representation.featureSpectrum(a).effectiveRank, 0],
  participationRatio: [(a) => representation.featureSpectrum(a).participationRatio, 0],
  momentsTrace: [(a) => features.moments(a).covariance[0], 2],
};

it.each(Object.entries(ofRows))(
  '%s: is right or refused for numbers of 1e120 to 1e200, and tiny ones',
  (_, [metric, power]) => {
    const usual = metric(scaled(1), scaled(1, 0.3));
    for (const scale of [1e120, 1e150, 1e200, 1e-120]) {
      let value: number;
      try {
        value = metric(scaled(scale), scaled(scale, 0.3));
      } catch (error) {
        expect(DiptychError.isInstance(error), String(error)).toBe(true);
        continue;
      }
      expect(Number.isNaN(value)).toBe(false);
      if (power === undefined) continue;
      const expected = usual * scale ** power;
      if (Number.isFinite(expected) && expected !== 0) expect(value / expected).toBeCloseTo(1, 6);
      else expect(value).toBe(expected);
    }
  },
);
