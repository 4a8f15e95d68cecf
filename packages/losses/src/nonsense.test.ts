import '@tensorflow/tfjs-backend-cpu';
import { edm, key, type Network } from '@diptych/core';
import { discreteSchedule, linearBetas } from '@diptych/core/schedules';
import { FakeNetwork, randomBatch } from '@diptych/test-utils/losses';
import { callWithNonsense, type SoundCall } from '@diptych/test-utils/nonsense';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import * as denoising from './denoising/index.ts';
import * as diagnostics from './diagnostics/index.ts';
import * as distillation from './distillation/index.ts';
import * as root from './index.ts';
import * as objective from './objective/index.ts';
import * as pairwise from './pairwise/index.ts';
import * as recipes from './recipes/index.ts';

const rooms: Readonly<Record<string, unknown>>[] = [
  root,
  objective,
  denoising,
  distillation,
  pairwise,
  recipes,
  diagnostics,
];

/** Those that take nothing. */
const takeNothing = ['cosineCriterion', 'studentTeacher'];

/** A value whose parts are not options of the function that it is given to. */
const whole = <T extends object>(of: T): T => Object.assign(Object.create({}) as T, of);

const diffusion = whole(edm());
await tf.setBackend('cpu');
const inner = new FakeNetwork();
/** Its weights out of reach, so that they outlive the calls. */
const network: Network = {
  forward: (input, options) => inner.forward(input, options),
  variables: () => inner.variables(),
  trainableVariables: () => inner.trainableVariables(),
  tapNames: () => inner.tapNames(),
};
const schedule = discreteSchedule(linearBetas(5, { start: 0.1, end: 0.2 }));
const batch = randomBatch({ shape: [3, 2, 2, 2], views: 1 });
const projector = distillation.mlpHead({ layers: 1, out: 4 });
const teacher = distillation.studentTeacher();
const criterion = distillation.cosineCriterion();
const own: objective.Objective = whole({
  name: 'own',
  compute: ({ pass }) => ({ loss: tf.mean(pass(diffusion).output) as tf.Scalar, metrics: {} }),
});

const rows = () => tf.tensor2d([1, 2, 3, 0, 1, -1, 2, 2, 5], [3, 3]);
const shares = () => tf.softmax(rows());
const images = () => tf.tensor4d([0.1, -0.2, 0.5, 0.7, -0.9, 0.3, 0.2, 0], [2, 2, 2, 1]);
const tokens = () => tf.reshape(images(), [2, 2, 2]);
const pair = (name: keyof typeof pairwise, options: object): SoundCall => ({
  name,
  run: pairwise[name] as never,
  args: () => [rows(), rows(), { ...options }],
});
const single = (name: keyof typeof pairwise, options: object): SoundCall => ({
  name,
  run: pairwise[name] as never,
  args: () => [rows(), { ...options }],
});
const made = (name: string, run: (...args: never[]) => unknown, args: () => unknown[]): SoundCall => ({
  name,
  run,
  args,
});
const ofOptions = (name: string, run: (...args: never[]) => unknown, options: object) =>
  made(name, run, () => [{ ...options }]);

const common = { diffusion, tap: 'mid', name: 'own' };
const distilled = {
  ...common,
  teacherSigma: 0.06,
  localViews: 0,
  projector,
  predictor: projector,
  teacher,
};
const bound = () => ({ schedule, timestep: [0, 3], images: images(), noisy: images() });

/** What is right although it looks like nonsense. */
const takes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ...Object.fromEntries(
    ['contrastiveDistillation', 'selfDistillation', 'dino', 'mocoV3'].map((name) => [
      name,
      { '0.teacherSigma: a function': 'the level may depend on the student', '0.predictor: null': 'there is none' },
    ]),
  ),
  collapseWarnings: {
    '0.own/featureStd: NaN': 'a training that has gone wrong is warned of',
    '0.own/featureStdx: misspelt': 'metrics that it does not know are not judged',
  },
};

const calls: SoundCall[] = [
  made('tensorBatch', objective.tensorBatch as never, () => [{ ...batch, label: Int32Array.of(0, 1, 2) }]),
  made('evaluateObjective', objective.evaluateObjective as never, () => [
    own,
    {
      network,
      batch: objective.tensorBatch(batch),
      key: key(0),
      step: 0,
      ema: {},
      training: false,
      draws: objective.independentDraws,
      first: 0,
    },
  ]),
  made('termGradientNorms', objective.termGradientNorms as never, () => [
    [own],
    {
      network,
      batch: objective.tensorBatch(batch),
      key: key(0),
      step: 0,
      ema: {},
      draws: objective.independentDraws,
      first: 0,
    },
  ]),
  made('weightedSum', objective.weightedSum as never, () => [[1, own]]),
  made('independentDraws', objective.independentDraws as never, () => [key(0), 3, 0]),
  made('stratifiedDraws', objective.stratifiedDraws as never, () => [key(0), 3, 0]),

  made('denoisingLoss', denoising.denoisingLoss as never, () => [
    diffusion,
    {
      weight: () => 1,
      error: denoising.squaredError,
      uncertainty: denoising.learnedUncertainty({ channels: 2 }),
      name: 'own',
    },
  ]),
  made('directionLoss', denoising.directionLoss as never, () => [diffusion, { name: 'own' }]),
  made(
    'frequencyError',
    ((options: denoising.FrequencyErrorOptions, x: tf.Tensor4D) => denoising.frequencyError(options)(x)) as never,
    () => [{ weight: () => 1 }, images()],
  ),
  made('huber', ((options: denoising.HuberOptions, x: tf.Tensor4D) => denoising.huber(options)(x)) as never, () => [
    { delta: 1 },
    images(),
  ]),
  made(
    'pseudoHuber',
    ((options: denoising.PseudoHuberOptions, x: tf.Tensor4D) => denoising.pseudoHuber(options)(x)) as never,
    () => [{ c: 1 }, images()],
  ),
  made(
    'multiScaleError',
    ((options: denoising.MultiScaleErrorOptions, x: tf.Tensor4D) => denoising.multiScaleError(options)(x)) as never,
    () => [{ levels: 2, weight: () => 1 }, images()],
  ),
  made('squaredError', denoising.squaredError as never, () => [images()]),
  ofOptions('learnedUncertainty', denoising.learnedUncertainty as never, { channels: 2 }),
  made('uncertaintyWeighted', denoising.uncertaintyWeighted as never, () => [tf.tensor1d([1]), tf.tensor1d([0])]),
  made('hybridBound', denoising.hybridBound as never, () => [
    images(),
    images(),
    { ...bound(), noise: images(), boundWeight: 1 },
  ]),
  made('learnedRangeBound', denoising.learnedRangeBound as never, () => [images(), images(), bound()]),
  ofOptions('hybridDenoising', denoising.hybridDenoising as never, {
    schedule,
    label: (t: number) => t,
    boundWeight: 1,
    name: 'own',
  }),

  ofOptions('contrastiveDistillation', distillation.contrastiveDistillation as never, {
    ...distilled,
    studentSigma: 0.06,
    symmetric: true,
    temperature: 0.2,
  }),
  ofOptions('selfDistillation', distillation.selfDistillation as never, {
    ...distilled,
    criterion,
    studentSigma: 0.06,
    symmetric: true,
  }),
  ofOptions('featureRegularizer', distillation.featureRegularizer as never, { ...common, loss: pairwise.dispersiveL2 }),
  ofOptions('jointEmbedding', distillation.jointEmbedding as never, {
    ...common,
    loss: pairwise.ntXent,
    sigma: 0.06,
    projector,
  }),
  ofOptions('maskedPatchDistillation', distillation.maskedPatchDistillation as never, {
    ...common,
    patch: 2,
    share: 0.3,
    sigma: 0.06,
    projector,
    studentTemperature: 0.1,
    teacherTemperature: 0.04,
    centerMomentum: 0.9,
    teacher,
  }),
  ofOptions('representationAlignment', distillation.representationAlignment as never, {
    ...common,
    targets: ({ x }: objective.TensorBatch) => x,
    projector,
  }),
  ofOptions('selfAlignment', distillation.selfAlignment as never, {
    ...common,
    teacherTap: 'out',
    teacherSigma: (sigma: number[]) => sigma,
    projector,
    teacher,
  }),
  ofOptions('contrastiveCriterion', distillation.contrastiveCriterion as never, {
    temperature: 0.2,
    gather: (keys: tf.Tensor2D) => ({ keys, offset: 0 }),
  }),
  ofOptions('prototypeCriterion', distillation.prototypeCriterion as never, {
    studentTemperature: 0.1,
    teacherTemperature: 0.04,
    centerMomentum: 0.9,
    sinkhorn: { iterations: 3 },
  }),
  made(
    'BatchNorm',
    ((width: number, options: distillation.BatchNormOptions) =>
      new distillation.BatchNorm(width, options).dispose()) as never,
    () => [3, { affine: true, epsilon: 1e-5, momentum: 0.1 }],
  ),
  ...(['dinoHead', 'mlpHead', 'plainHead'] as const).map((name) =>
    made(
      name,
      ((options: never, inputs: number, of: never, x: tf.Tensor2D, applied: distillation.HeadOptions) => {
        const head = distillation[name](options)(inputs, of);
        try {
          return head.apply(x, applied);
        } finally {
          head.dispose();
        }
      }) as never,
      () => [
        {
          out: 4,
          layers: 2,
          hidden: 3,
          ...(name === 'mlpHead' && { lastNorm: true }),
          ...(name === 'dinoHead' && {
            bottleneck: 2,
            batchNorm: false,
            bias: true,
            frozenSteps: 0,
            freeLengths: false,
          }),
        },
        3,
        key(0),
        rows(),
        { training: true, step: 0 },
      ],
    ),
  ),
  made('momentumTeacher', distillation.momentumTeacher as never, () => [0.9]),
  ofOptions('samplingEmaTeacher', distillation.samplingEmaTeacher as never, { headMomentum: 0.9 }),

  ofOptions('dino', recipes.dino as never, {
    ...common,
    teacherSigma: 0.06,
    localViews: 0,
    projector,
    teacher,
    steps: 10,
    out: 4,
    momentum: 0.9,
    sigma: 0.06,
    studentTemperature: 0.1,
    teacherTemperature: 0.04,
    centerMomentum: 0.9,
    sinkhorn: { iterations: 3 },
  }),
  ofOptions('mocoV3', recipes.mocoV3 as never, {
    ...distilled,
    steps: 10,
    momentum: 0.9,
    temperature: 0.2,
    sigma: 0.06,
  }),
  ofOptions('simClr', recipes.simClr as never, { ...common, temperature: 0.5, sigma: 0.06, projector }),

  made('contrastiveAccuracy', pairwise.contrastiveAccuracy as never, () => [rows(), rows(), { offset: 0 }]),
  pair('infoNce', { temperature: 0.2, scale: 0.4, offset: 0 }),
  pair('ntXent', { temperature: 0.5 }),
  pair('dcl', { temperature: 0.1, positiveWeight: (x: tf.Tensor) => x }),
  pair('dclw', { temperature: 0.1, sigma: 0.5 }),
  made('byol', pairwise.byol as never, () => [
    [rows(), rows()],
    [rows(), rows()],
  ]),
  made('simSiam', pairwise.simSiam as never, () => [
    [rows(), rows()],
    [rows(), rows()],
  ]),
  made('negativeCosine', pairwise.negativeCosine as never, () => [rows(), rows()]),
  made('tokenCosineLoss', pairwise.tokenCosineLoss as never, () => [tokens(), tokens()]),
  pair('alignmentLoss', { alpha: 1 }),
  single('uniformityLoss', { t: 2 }),
  single('dispersiveL2', { tau: 1, diagonal: false }),
  single('dispersiveCosine', { tau: 1, diagonal: false }),
  single('dispersiveHinge', { margin: 1, diagonal: false }),
  single('dispersiveCovariance', { normalize: (x: tf.Tensor) => tf.clone(x), ddof: 1 }),
  single('koLeo', { epsilon: 1e-8 }),
  made(
    'Center',
    ((width: number, options: pairwise.CenterOptions, logits: tf.Tensor) => {
      const center = new pairwise.Center(width, options);
      try {
        center.move(logits);
      } finally {
        center.dispose();
      }
    }) as never,
    () => [3, { momentum: 0.9 }, rows()],
  ),
  made('centeredSoftmax', pairwise.centeredSoftmax as never, () => [
    rows(),
    { center: tf.tensor1d([0, 0, 1]), temperature: 0.04 },
  ]),
  made('dinoLoss', pairwise.dinoLoss as never, () => [
    [rows(), rows()],
    [shares(), shares()],
    { temperature: 0.1, pairs: () => true },
  ]),
  made('ibotLoss', pairwise.ibotLoss as never, () => [tokens(), tokens(), { mask: tf.ones([2, 2]), temperature: 0.1 }]),
  made('ibotLoss', pairwise.ibotLoss as never, () => [rows(), shares(), { hidden: [1, 2], temperature: 0.1 }]),
  single('sinkhornKnopp', { temperature: 0.05, iterations: 3 }),
  made('swav', pairwise.swav as never, () => [
    [rows(), rows()],
    { low: [rows()], temperature: 0.1, epsilon: 0.05, iterations: 3 },
  ]),
  pair('barlowTwins', { lambda: 0.0051, epsilon: 1e-5 }),
  pair('vicReg', { invariance: 25, variance: 25, covariance: 1, epsilon: 1e-4 }),
  single('l2Normalize', { epsilon: 1e-12 }),

  made('assignmentEntropy', diagnostics.assignmentEntropy as never, () => [shares()]),
  made('collapseReport', diagnostics.collapseReport as never, () => [
    { features: rows(), views: rows(), probabilities: shares() },
    { featureStd: 0.1, meanCosine: 0.9, rankShare: 0.05, balanceShare: 0.2, entropyShare: 0.9 },
  ]),
  made('collapseWarnings', diagnostics.collapseWarnings as never, () => [
    { 'own/featureStd': 0.01 },
    { featureStd: 0.1, meanCosine: 0.9, rankShare: 0.05, balanceShare: 0.2, entropyShare: 0.9 },
  ]),
  made('featureStd', diagnostics.featureStd as never, () => [rows()]),
  made('meanCosine', diagnostics.meanCosine as never, () => [rows()]),
  made('rankMe', diagnostics.rankMe as never, () => [rows()]),
];

it('knows a call of every function that is exported', () => {
  const functions = rooms.flatMap((room) => Object.keys(room).filter((name) => typeof room[name] === 'function'));
  const known = [...calls.map(({ name }) => name), ...takeNothing];
  expect([...new Set(functions)].sort()).toEqual([...new Set(known)].sort());
});

it('refuses nonsense in every argument and every option with an error of its own, and leaves no tensors', async () => {
  const { outcomes, faults } = await callWithNonsense(calls.map((call) => ({ ...call, takes: takes[call.name] })));
  expect(faults).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(4500);
}, 60_000);
