import {
  cosineBetas,
  discreteSchedule,
  edm,
  flowSchedule,
  foldIn,
  key,
  predictEpsilon,
  predictV,
  predictVelocity,
  predictX0,
  preconditioned,
  scheduledDiffusion,
  uniformArray,
} from '@diptych/core';
import { cosineRamp } from '@diptych/core/ramps';
import { cosMap, karrasWeight, sigmaSqrt } from '@diptych/core/training';
import { minSnr, p2, softMinSnr } from '@diptych/core/training';
import type { Batch, Network, Diffusion } from '@diptych/core';
import { toBatch, batches, digitSplits, mapBatches, subset } from '@diptych/data';
import { linearProbe } from '@diptych/eval';
import * as losses from '@diptych/losses';
import * as denoising from '@diptych/losses/denoising';
import * as pairwise from '@diptych/losses/pairwise';
import type { Objective } from '@diptych/losses';
import { DiT, UViT } from '@diptych/models';
import { meanPool } from '@diptych/ops';
import { installWasmKernels } from '@diptych/ops/wasm';
import { seededBatches, weightsOf } from '@diptych/test-utils/trainer';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adamW } from '../optimizers/adam-w.ts';
import { train } from './train.ts';

const { contrastiveDistillation, denoisingLoss, featureRegularizer, jointEmbedding, selfDistillation, weightedSum } =
  losses;
const diffusion = edm();
const chain = discreteSchedule(cosineBetas(20));
const on = { diffusion, tap: 'mid' };
const projector = losses.mlpHead({ layers: 2, hidden: 8, out: 4 });
const scores = losses.dinoHead({ out: 6, layers: 2, hidden: 8, bottleneck: 4 });
const teacher = () => losses.momentumTeacher(cosineRamp({ from: 0.9, to: 1, steps: 10 }));
const tokens = losses.plainHead({ out: 3, layers: 2, hidden: 8 });

/** Of a chain or a flow, for each thing that a network may predict. */
const processes: Record<string, Diffusion> = {
  edm: diffusion,
  epsilon: scheduledDiffusion(chain, { prediction: predictEpsilon, sigmaQuantile: (u) => chain.sigma(u * 19) }),
  x0: scheduledDiffusion(chain, { prediction: predictX0, sigmaQuantile: (u) => chain.sigma(u * 19) }),
  v: scheduledDiffusion(chain, { prediction: predictV, sigmaQuantile: (u) => chain.sigma(u * 19) }),
  'flow matching': scheduledDiffusion(flowSchedule(), { prediction: predictVelocity }),
};
const flow = processes['flow matching'];
const half = (u: number) => flow.sigmaQuantile(0.05 + 0.9 * u);
/** Away from the ends of time, where weights of the velocity grow without bound. */
const within: Diffusion = { ...flow, sigmaQuantile: half };

const objectives: Record<string, () => Objective> = {
  ...Object.fromEntries(Object.entries(processes).map(([name, of]) => [name, () => denoisingLoss(of)])),
  ...Object.fromEntries(
    Object.entries(processes).map(([name, of]) => [
      `min-SNR on ${name}`,
      () => denoisingLoss(of, { weight: minSnr(5) }),
    ]),
  ),
  'soft min-SNR': () => denoisingLoss(diffusion, { weight: softMinSnr(4) }),
  P2: () => denoisingLoss(processes.epsilon, { weight: p2() }),
  'sigma-sqrt of SD3': () => denoisingLoss(within, { weight: sigmaSqrt(within) }),
  'cosmap of SD3': () => denoisingLoss(within, { weight: cosMap(within) }),
  'karras of k-diffusion': () => denoisingLoss(processes.v, { weight: karrasWeight(processes.v) }),
  'learned uncertainty of EDM2': () =>
    denoisingLoss(diffusion, { uncertainty: losses.learnedUncertainty({ channels: 4 }) }),
  Huber: () => denoisingLoss(diffusion, { error: losses.huber({ delta: 0.1 }) }),
  'pseudo-Huber': () => denoisingLoss(diffusion, { error: losses.pseudoHuber() }),
  'multi-scale': () => denoisingLoss(diffusion, { error: denoising.multiScaleError({ levels: 2 }) }),
  'DCT frequencies': () =>
    denoisingLoss(diffusion, { error: denoising.frequencyError({ weight: (y, x) => 1 / (1 + y + x) }) }),
  'direction of LightningDiT': () => weightedSum([1, denoisingLoss(within)], [1, losses.directionLoss(within)]),
  'hybrid bound': () => losses.hybridDenoising({ schedule: chain }),
  'DDAE++': () => weightedSum([1, denoisingLoss(diffusion)], [0.1, contrastiveDistillation({ ...on, projector })]),
  iBOT: () => losses.maskedPatchDistillation({ ...on, patch: 2, projector: scores, teacher: teacher() }),
  BYOL: () => selfDistillation({ ...on, projector, criterion: losses.cosineCriterion(), teacher: teacher() }),
  SimSiam: () =>
    selfDistillation({
      ...on,
      projector,
      criterion: losses.cosineCriterion(),
      teacher: losses.studentTeacher(),
      symmetric: true,
    }),
  'DINO beside denoising': () =>
    weightedSum(
      [1, denoisingLoss(diffusion)],
      [0.1, selfDistillation({ ...on, projector: scores, predictor: null, criterion: losses.prototypeCriterion() })],
    ),
  'DINO with Sinkhorn-Knopp and crops': () =>
    losses.dino({ ...on, steps: 10, projector: scores, sinkhorn: { iterations: 3 }, localViews: 1 }),
  SimCLR: () => losses.simClr({ ...on, projector }),
  'MoCo v3': () => losses.mocoV3({ ...on, projector, steps: 10 }),
  DINO: () => losses.dino({ ...on, projector: scores, steps: 10 }),
  SwAV: () => jointEmbedding({ ...on, projector: scores, loss: (a, b) => pairwise.swav([a, b]) }),
  'Barlow Twins': () => jointEmbedding({ ...on, projector, loss: losses.barlowTwins }),
  VICReg: () => jointEmbedding({ ...on, projector, loss: losses.vicReg }),
  DCL: () => jointEmbedding({ ...on, projector, loss: losses.dcl }),
  DCLW: () => jointEmbedding({ ...on, projector, loss: pairwise.dclw }),
  KoLeo: () => featureRegularizer({ ...on, loss: (h) => losses.koLeo(meanPool(h)) }),
  'Dispersive Loss, L2': () => featureRegularizer({ ...on, loss: losses.dispersiveL2 }),
  'Dispersive Loss, cosine': () => featureRegularizer({ ...on, loss: pairwise.dispersiveCosine }),
  'Dispersive Loss, hinge': () => featureRegularizer({ ...on, loss: pairwise.dispersiveHinge }),
  'Dispersive Loss, covariance': () => featureRegularizer({ ...on, loss: pairwise.dispersiveCovariance }),
  REPA: () =>
    losses.representationAlignment({
      ...on,
      projector: tokens,
      // The "encoder": mean, left and right half of each patch, one row for each token (a time token goes first).
      targets: ({ x }) => tf.tidy(() => tf.ones([x.shape[0], 5, 3])),
    }),
  SRA: () =>
    losses.selfAlignment({ diffusion, tap: 'in.0', teacherTap: 'mid', projector: losses.plainHead({ out: 8 }) }),
};

const small = { image: [4, 4, 2] as const, patch: 2, width: 8, depth: 2, heads: 2, seed: 1 };
const networkFor = (name: string): Network =>
  name === 'hybrid bound' ? new DiT({ ...small, variance: 'predicted' }) : new UViT(small);

describe('train', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it.each(Object.entries(objectives))('%s: two steps change the weights and leave no tensors', async (name, make) => {
    const network = networkFor(name);
    const weights = await weightsOf(network);
    const before = tf.memory().numTensors;
    const objective = make();
    const run = train({
      network,
      objective,
      data: seededBatches({ shape: [6, 4, 4, 2], views: 2 }),
      optimizer: adamW({ learningRate: 1e-2 }),
      ema: 0.9,
      samples: true,
      key: key(0),
      steps: 2,
    });
    const counts: number[] = [];
    const events = [];
    for await (const event of run) {
      counts.push(tf.memory().numTensors);
      events.push(event);
    }
    expect(counts[1]).toBe(counts[0]);
    for (const { loss, skipped, gradientNorm } of events) {
      expect(skipped).toBe(false);
      expect(Number.isFinite(loss)).toBe(true);
      expect(gradientNorm).toBeGreaterThan(0);
    }
    expect(await weightsOf(network)).not.toEqual(weights);
    // Every exported objective names its metrics after itself.
    for (const metric of Object.keys(events[0].metrics)) expect(metric).toMatch(/^[A-Za-z0-9]+\//);
    run.dispose();
    objective.dispose?.();
    expect(tf.memory().numTensors).toBe(before);
    (network as Network & { dispose(): void }).dispose();
  });
});

/** Digits and the same moved by a pixel to any side: views of a kind that any digit network knows. */
function views(seed: number, dataset = digitSplits().train) {
  const moved = (batch: Batch, step: number, of: number): Batch => {
    const [n, height, width] = batch.shape;
    const x = new Float32Array(batch.x.length).fill(-1);
    for (let i = 0; i < n; i++) {
      const [dy, dx] = [...uniformArray(foldIn(foldIn(key(seed + of), step), i), 2)].map((u) => Math.floor(3 * u) - 1);
      for (let r = 0; r < height; r++)
        for (let c = 0; c < width; c++)
          if (r + dy >= 0 && r + dy < height && c + dx >= 0 && c + dx < width)
            x[(i * height + r + dy) * width + c + dx] = batch.x[(i * height + r) * width + c];
    }
    return { x, shape: batch.shape };
  };
  return mapBatches(batches(dataset, { batchSize: 32, key: key(seed) }), (batch, step) => ({
    ...moved(batch, step, 0),
    views: [moved(batch, step, 1)],
  }));
}

const digitNetwork = () =>
  new UViT({ image: [8, 8, 1], patch: 2, width: 24, depth: 2, heads: 2, seed: 3, initialStd: { linear: 0.14 } });

/** What trains for more than two steps does so with our own kernels. */
function onWasm(): void {
  let uninstallKernels = () => {};
  beforeAll(async () => {
    await tf.setBackend('wasm');
    const { uninstall } = await installWasmKernels();
    uninstallKernels = uninstall;
  });
  afterAll(() => uninstallKernels());
}

describe('self-supervised baselines', () => {
  onWasm();
  const found: Record<string, number> = {};
  const probe = async (network: UViT, weights?: tf.NamedTensorMap) => {
    const part = async (of: 'train' | 'validation' | 'test', to: number) => {
      const { x, shape, label } = await toBatch(subset(digitSplits()[of], { to }));
      const pooled = tf.tidy(() => {
        const clean = tf.tensor(x, [...shape]) as tf.Tensor4D;
        const { features } = preconditioned(network, diffusion, clean, Array(shape[0]).fill(0.06), {
          taps: ['mid'],
          weights,
        });
        return network.readout('mid', features.mid);
      });
      const rows = (await pooled.data()) as Float32Array;
      pooled.dispose();
      return { rows, dims: 24, labels: label! };
    };
    const parts = {
      train: await part('train', 300),
      validation: await part('validation', 120),
      test: await part('test', 200),
    };
    return linearProbe(parts, { l2: [1e-2], tolerance: 1e-3 }).testAccuracy;
  };

  beforeAll(async () => {
    found.untrained = await probe(digitNetwork());
  });

  it.each([
    ['SimCLR', () => losses.simClr({ ...on, projector: losses.mlpHead({ layers: 2, out: 16 }) })],
    ['MoCo v3', () => losses.mocoV3({ ...on, projector: losses.mlpHead({ layers: 2, out: 16 }), steps: 80 })],
    [
      'DINO',
      () =>
        losses.dino({
          ...on,
          projector: losses.dinoHead({ out: 32, layers: 2, bottleneck: 16, batchNorm: true }),
          momentum: 0.9,
          sinkhorn: {},
          teacherTemperature: 0.06,
          steps: 80,
        }),
    ],
  ])(
    '%s trains as a one-line objective, without collapse, and its features probe better than untrained ones',
    async (_, make) => {
      const network = digitNetwork();
      const objective = make();
      const run = train({
        network,
        objective,
        data: views(5),
        optimizer: adamW({ learningRate: 2e-3 }),
        clip: 1,
        key: key(1),
        steps: 80,
      });
      let metrics: Record<string, number> = {};
      for await (const event of run) metrics = event.metrics;
      expect(losses.collapseWarnings(metrics)).toEqual([]);
      expect(await probe(network)).toBeGreaterThan(found.untrained + 0.02);
      run.dispose();
      objective.dispose?.();
      network.dispose();
    },
  );
});

describe('a collapse', () => {
  onWasm();
  const simSiam = (teacher: losses.Teacher) =>
    selfDistillation({
      ...on,
      projector: losses.mlpHead({ layers: 2, hidden: 32, out: 16 }),
      criterion: losses.cosineCriterion(),
      studentSigma: 0.06,
      symmetric: true,
      teacher,
    });
  /** SimSiam's loss without its stop-gradient, on projections that no batch norm spreads. */
  const pull = (a: tf.Tensor2D, b: tf.Tensor2D) =>
    tf.neg(tf.mean(tf.sum(tf.mul(pairwise.l2Normalize(a), pairwise.l2Normalize(b)), -1))) as tf.Scalar;
  const cases: Record<string, [() => Objective, boolean]> = {
    'SimSiam without stop-gradient': [
      () => jointEmbedding({ ...on, loss: pull, projector: losses.plainHead({ out: 16, layers: 2 }) }),
      true,
    ],
    'SimSiam as it should be': [() => simSiam(losses.studentTeacher()), false],
  };
  it.each(Object.entries(cases))(
    'of %s is flagged within the run exactly where it happens',
    async (_, [make, collapses]) => {
      const network = digitNetwork();
      const objective = make();
      const run = train({
        network,
        objective,
        data: views(7),
        optimizer: adamW({ learningRate: 3e-3 }),
        clip: 1,
        key: key(1),
        steps: 60,
      });
      let flagged = 0;
      let last: string[] = [];
      for await (const { metrics, step } of run) {
        last = losses.collapseWarnings(metrics).map(({ diagnostic }) => diagnostic);
        if (last.length > 0 && step > 20) flagged++;
      }
      if (collapses) expect(last).toContain('embedding/meanCosine');
      else expect(flagged).toBe(0);
      run.dispose();
      objective.dispose?.();
      network.dispose();
    },
  );
});
