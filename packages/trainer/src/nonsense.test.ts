import '@tensorflow/tfjs-backend-cpu';
// Registers the gradients.
import '@tensorflow/tfjs-layers';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { key } from '@diptych/core';
import { stratifiedDraws } from '@diptych/losses';
import { FakeNetwork, randomBatch } from '@diptych/test-utils/losses';
import { callWithNonsense, type SoundCall } from '@diptych/test-utils/nonsense';
import { autoencoding, seededBatches, take } from '@diptych/test-utils/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as trainer from './index.ts';
import * as node from './node/index.ts';
import type { Checkpoint, TrainOptions } from './index.ts';

/** What takes no arguments. */
const withoutArguments = ['noDecayOnVectors', 'stopSignal'];

const moments = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };
const groups = [{ match: 'bias', weightDecay: 0 }];
const usual = { learningRate: 1e-3, groups };
const climb = { rate: 1e-3, warmup: 2, fromZero: true };
const profiles = [
  { time: 1000, std: 0.05 },
  { time: 1000, std: 0.1 },
];
/** Rules hold no tensors, so one may serve all calls. */
const rule = trainer.adamRule();

let folder: string;
let checkpoint: Checkpoint;

/** Made anew for each call, as all tensors in arguments are disposed of. */
const variable = () => tf.variable(tf.tensor1d([1, 2]));

/** Where a number is sound, a function may be too, and the other way round. */
/** Errors of the file system stay as they are. */
const files = { '0: "3"': 'no such file, or one in the way of a folder', '0: "constructor"': 'the same' };
const bySteps = { '0.learningRate: a function': 'a learning rate by step' };
const decays = (place: string) => ({ [`${place}: a function`]: 'a weight decay by name and shape' });
const settings = { ...bySteps, ...decays('0.weightDecay'), '0.match: a function': 'a pattern' };

/** Names that are the user's own, so that no other is misspelt: those of tensors, or what an object holds beside what is asked of it. */
const ownNames = (place: string, ...names: string[]) =>
  Object.fromEntries(names.map((name) => [`${place}.${name}x: misspelt`, "a name of the user's own"]));
const ruleNames = ownNames('0', 'slots', 'settings', 'kernel', 'update');
const checkpointNames = (place: string) => ownNames(place, 'state', 'tensors');

const call = (name: string, run: unknown, args: () => unknown[], takes?: SoundCall['takes']): SoundCall => ({
  name,
  run: run as SoundCall['run'],
  args,
  ...(takes && { takes }),
});

async function oneStep(options: TrainOptions) {
  const run = trainer.train(options);
  try {
    await take(run, 1);
  } finally {
    run.dispose();
  }
}

const optimizers = () => [
  call('adam', trainer.adam, () => [{ ...usual, ...moments, weightDecay: 0.1 }], settings),
  call('adamW', trainer.adamW, () => [{ ...usual, ...moments, weightDecay: 0.1 }], settings),
  call('lion', trainer.lion, () => [{ ...usual, beta1: 0.9, beta2: 0.99, weightDecay: 0.1 }], settings),
  call(
    'muon',
    trainer.muon,
    () => [
      {
        ...usual,
        momentum: 0.9,
        nesterov: true,
        iterations: 2,
        scale: trainer.adamScale,
        match: 'out',
        adamW: moments,
      },
    ],
    settings,
  ),
  call(
    'nadam',
    trainer.nadam,
    () => [{ ...usual, ...moments, momentumDecay: 4e-3, weightDecay: 0.1, decoupled: true }],
    settings,
  ),
  call('radam', trainer.radam, () => [{ ...usual, ...moments, weightDecay: 0.1, decoupled: true }], settings),
  call(
    'sgd',
    trainer.sgd,
    () => [{ ...usual, momentum: 0.9, dampening: 0, nesterov: true, weightDecay: 0.1 }],
    settings,
  ),
  call('adamRule', trainer.adamRule, () => [moments]),
  call('lionRule', trainer.lionRule, () => [{ beta1: 0.9, beta2: 0.99 }]),
  call('muonRule', trainer.muonRule, () => [
    { momentum: 0.9, nesterov: true, iterations: 2, scale: trainer.spectralScale },
  ]),
  call('nadamRule', trainer.nadamRule, () => [{ ...moments, momentumDecay: 4e-3 }]),
  call('radamRule', trainer.radamRule, () => [moments]),
  call('sgdRule', trainer.sgdRule, () => [{ momentum: 0.9, dampening: 0, nesterov: true }]),
  call('adamScale', trainer.adamScale, () => [2, 3]),
  call('spectralScale', trainer.spectralScale, () => [2, 3]),
  call('coupledDecay', trainer.coupledDecay, () => [rule, 0.1], { ...decays('1'), ...ruleNames }),
  call('decoupledDecay', trainer.decoupledDecay, () => [rule, 0.1], { ...decays('1'), ...ruleNames }),
  call('decayMatrices', trainer.decayMatrices, () => [0.1]),
  call('elementwise', trainer.elementwise, () => [rule, { ...usual, name: 'mine', settings: { a: 1 } }], {
    ...ruleNames,
    '1.learningRate: a function': 'a learning rate by step',
  }),
  call('partition', trainer.partition, () => [[{ rule }], { ...usual, name: 'mine', settings: { a: 1 } }], {
    '1.learningRate: a function': 'a learning rate by step',
  }),
  call('orthogonalize', trainer.orthogonalize, () => [tf.ones([2, 3]), { iterations: 1 }]),
  call(
    'namedGradients',
    trainer.namedGradients,
    () => {
      const x = variable();
      return [() => tf.sum(tf.square(x)), { x }];
    },
    ownNames('1', 'x'),
  ),
  call(
    'Packing',
    (...args: ConstructorParameters<typeof trainer.Packing>) => new trainer.Packing(...args),
    () => [{ x: variable() }, { group: () => '', limit: 4 }],
    ownNames('0', 'x'),
  ),
];

const schedules = () => [
  call('inverseSquareRoot', trainer.inverseSquareRoot, () => [{ ...climb, decayFrom: 10 }]),
  call('warmupConstant', trainer.warmupConstant, () => [climb]),
  call('warmupCosine', trainer.warmupCosine, () => [{ ...climb, steps: 9, final: 0, cycles: 0.5, periodic: true }]),
  call('warmupLinear', trainer.warmupLinear, () => [{ ...climb, steps: 9, final: 0 }]),
  call('warmupPolynomial', trainer.warmupPolynomial, () => [{ ...climb, steps: 9, final: 0, power: 2 }]),
  call('warmupStableDecay', trainer.warmupStableDecay, () => [
    { ...climb, steps: 9, decay: 3, final: 0, shape: trainer.linearDecay },
  ]),
  call('linearDecay', trainer.linearDecay, () => [0.5]),
  call('squareRootDecay', trainer.squareRootDecay, () => [0.5]),
];

const clips = () => [
  call('clipByGlobalNorm', trainer.clipByGlobalNorm, () => [1, { order: 2 }]),
  call('clipByParameterNorm', trainer.clipByParameterNorm, () => [1]),
  call('clipByValue', trainer.clipByValue, () => [1]),
  ...[trainer.clipByGlobalNorm(1), trainer.clipByParameterNorm(1), trainer.clipByValue(1)].map((clip, i) =>
    call(`clip ${i}`, clip, () => [{ x: tf.ones([2]) }], ownNames('0', 'x')),
  ),
  call('globalNorm', trainer.globalNorm, () => [[tf.ones([2])], { order: 2 }]),
];

const averages = () => [
  call('ema', trainer.ema, () => [0.9], { '0: a function': 'a decay by step' }),
  call(
    'ema().init',
    (variables: { x: tf.Variable }) => trainer.ema(0.9).init(variables).dispose(),
    () => [{ x: variable() }],
    ownNames('0', 'x'),
  ),
  call('halfLifeDecay', trainer.halfLifeDecay, () => [{ halfLife: 10, batchSize: 2, rampUp: 0.1, countStep: true }]),
  call('powerWarmupDecay', trainer.powerWarmupDecay, () => [
    { decay: 0.9, inverseGamma: 1, power: 0.5, minimum: 0, after: 0, every: 1 },
  ]),
  call('rationalWarmupDecay', trainer.rationalWarmupDecay, () => [{ decay: 0.9, minimum: 0, after: 0 }]),
  call('posthocCoefficients', trainer.posthocCoefficients, () => [profiles, profiles]),
  call(
    'posthocEma',
    trainer.posthocEma,
    () => [[{ ...profiles[0], tensors: { x: tf.ones([2]) } }], profiles[1]],
    ownNames('1', 'time', 'std'),
  ),
  call('exponentOfStd', trainer.exponentOfStd, () => [0.1]),
  call('powerDecay', trainer.powerDecay, () => [0.1]),
  call('powerResponse', trainer.powerResponse, () => [{ std: 0.1, at: 2, length: 4 }]),
  call('stdOfExponent', trainer.stdOfExponent, () => [6.9]),
];

const loops = () => [
  call(
    'train',
    oneStep,
    () => [
      {
        network: new FakeNetwork(),
        objective: autoencoding,
        data: seededBatches(),
        optimizer: trainer.sgd(),
        key: key(0),
        steps: 2,
        learningRate: 0.1,
        ema: 0.9,
        clip: 1,
        draws: stratifiedDraws,
        samples: true,
        accumulate: 1,
        resume: undefined,
        allowChanges: ['key'],
        config: { width: 4 },
        signal: new AbortController().signal,
        maxSkipped: 3,
        checkLeaks: false,
        now: () => 0,
      },
    ],
    {
      '0.ema: {}': 'no average',
      '0.ema: a function': 'a decay by step',
      '0.clip: a function': "a clip of the user's own",
      ...bySteps,
    },
  ),
  call('validationLoss', trainer.validationLoss, () => [
    {
      network: new FakeNetwork(),
      objective: autoencoding,
      batch: randomBatch(),
      weights: { ...new FakeNetwork().variables() },
      passes: 1,
    },
  ]),
];

const checkpoints = () => [
  call('checkpointWeights', trainer.checkpointWeights, () => [checkpoint, 'network'], checkpointNames('0')),
  call('decodeCheckpoint', trainer.decodeCheckpoint, () => [trainer.encodeCheckpoint(checkpoint)]),
  call('encodeCheckpoint', trainer.encodeCheckpoint, () => [checkpoint], checkpointNames('0')),
  call(
    'saveCheckpoint',
    node.saveCheckpoint,
    () => [join(folder, 'a.safetensors'), checkpoint, { overwrite: true }],
    checkpointNames('1'),
  ),
  call('loadCheckpoint', node.loadCheckpoint, () => [join(folder, 'a.safetensors')], files),
  call(
    'lockFolder',
    async (path: string) => (await node.lockFolder(path)).release(),
    () => [join(folder, 'run')],
    files,
  ),
  call(
    'jsonlLog',
    async (...args: Parameters<typeof node.jsonlLog>) => (await node.jsonlLog(...args)).close(),
    () => [join(folder, 'log.jsonl'), { resume: 0, onGap: () => undefined }],
  ),
];

const all = () => [...optimizers(), ...schedules(), ...clips(), ...averages(), ...loops(), ...checkpoints()];

const cwd = process.cwd();

describe('the trainer', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
    folder = await mkdtemp(join(tmpdir(), 'diptych-nonsense-'));
    process.chdir(folder);
    const network = new FakeNetwork();
    const run = trainer.train({
      network,
      objective: autoencoding,
      data: seededBatches(),
      optimizer: trainer.sgd(),
      key: key(0),
      ema: 0.9,
    });
    checkpoint = await run.checkpoint();
    run.dispose();
    network.dispose();
  });

  afterAll(async () => {
    process.chdir(cwd);
    await rm(folder, { recursive: true });
  });

  it('is called with nonsense in every function', () => {
    const exported = Object.entries({ ...trainer, ...node }).filter(([, value]) => typeof value === 'function');
    const called = new Set(all().map(({ name }) => name));
    const missing = exported.map(([name]) => name).filter((name) => !called.has(name));
    expect(missing.sort()).toEqual(withoutArguments);
  });

  it('refuses nonsense with errors of its own, whole, and without a tensor left', async () => {
    const { faults } = await callWithNonsense(all());
    expect(faults).toEqual([]);
  });
});
