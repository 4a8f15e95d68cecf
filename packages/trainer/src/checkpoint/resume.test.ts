import { edm, key } from '@diptych/core';
import { lossImportance } from '@diptych/core/training';
import type { Key } from '@diptych/core';
import type { LossImportanceState } from '@diptych/core/training';
import {
  contrastiveDistillation,
  denoisingLoss,
  dinoHead,
  learnedUncertainty,
  mlpHead,
  momentumTeacher,
  prototypeCriterion,
  selfDistillation,
  weightedSum,
} from '@diptych/losses';
import { independentDraws } from '@diptych/losses/objective';
import type { Objective } from '@diptych/losses';
import { UViT, loadStateDict } from '@diptych/models';
import { installWasmKernels } from '@diptych/ops/wasm';
import { FakeNetwork } from '@diptych/test-utils/losses';
import { onEachBackend } from '@diptych/test-utils/ops';
import { autoencoding, seededBatches, take, weightsOf } from '@diptych/test-utils/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { powerWarmupDecay } from '../ema/decays.ts';
import { train } from '../loop/train.ts';
import type { TrainOptions } from '../loop/train-options.ts';
import { adamW } from '../optimizers/adam-w.ts';
import { nadam } from '../optimizers/nadam.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { radam } from '../optimizers/radam.ts';
import { sgd } from '../optimizers/sgd.ts';
import { warmupCosine } from '../learning-rate/warmup-cosine.ts';
import { checkpointWeights } from './checkpoint-weights.ts';
import type { Checkpoint } from './checkpoint.ts';
import { decodeCheckpoint } from './decode-checkpoint.ts';
import { encodeCheckpoint } from './encode-checkpoint.ts';

const uvit = () =>
  new UViT({
    image: [4, 4, 2],
    patch: 2,
    width: 16,
    depth: 2,
    heads: 2,
    classes: 3,
    labelDropout: 0.3,
    selfConditioning: {},
  });

/** All that this project trains with: shared student pass, heads with batch statistics, a teacher, warm-ups. */
function distilled(over: Partial<TrainOptions> = {}): TrainOptions & { objective: Objective } {
  const diffusion = edm();
  const objective = weightedSum(
    [1, denoisingLoss(diffusion)],
    [
      (step) => 0.1 * Math.min(1, step / 3),
      contrastiveDistillation({
        diffusion,
        tap: 'mid',
        projector: mlpHead({ hidden: 16, out: 8 }),
        teacher: momentumTeacher(0.9),
      }),
    ],
  );
  return {
    network: uvit(),
    data: seededBatches({ shape: [4, 4, 4, 2], views: 1 }),
    optimizer: adamW(),
    learningRate: warmupCosine({ rate: 1e-2, warmup: 2, steps: 6 }),
    ema: { main: powerWarmupDecay({ decay: 0.9 }), slow: 0.99 },
    clip: 1,
    key: key(7),
    steps: 6,
    ...over,
    objective,
  };
}

/** A small training without randomness. */
function small(over: Partial<TrainOptions> = {}): TrainOptions & { network: FakeNetwork } {
  return {
    objective: autoencoding,
    data: seededBatches(),
    optimizer: adamW({ learningRate: 0.01 }),
    key: key(0),
    config: { width: 5, data: { name: 'seeded' } },
    ...over,
    network: new FakeNetwork(),
  };
}

const throughBytes = (checkpoint: Checkpoint) => decodeCheckpoint(encodeCheckpoint(checkpoint).slice());
const losses = async (run: ReturnType<typeof train>, count?: number) =>
  (await take(run, count)).map(({ loss, metrics }) => ({ loss, metrics }));

/** 2k steps, and k steps, save, load, k steps. */
async function resumeHalfWay(): Promise<void> {
  const straight = train(distilled());
  const wanted = await losses(straight);
  expect(wanted.every(({ loss }) => Number.isFinite(loss))).toBe(true);
  const end = await straight.checkpoint();

  const half = train(distilled());
  const first = await losses(half, 3);
  const checkpoint = throughBytes(await half.checkpoint({ note: 'half' }));
  const rest = train(distilled({ resume: checkpoint }));
  expect([...first, ...(await losses(rest))]).toEqual(wanted);
  expect(await rest.checkpoint()).toEqual(end);
  expect(
    Object.keys(end.tensors).filter((name) => /teacher|ema\.slow|optimizer\.secondMoment/.test(name)).length,
  ).toBeGreaterThan(30);
}

onEachBackend('resume', () => {
  it('is bit for bit: weights, averages, moments, heads, teacher, losses', resumeHalfWay);
});

onEachBackend(
  'resume with our kernels installed',
  () => {
    it('is bit for bit too', async () => {
      const { uninstall } = await installWasmKernels();
      try {
        await resumeHalfWay();
      } finally {
        uninstall();
      }
    });
  },
  ['wasm'],
);

/** Whatever has a state, in one training: two teachers, a centre, batch statistics, an uncertainty, draws by loss. */
function stateful(resume?: Checkpoint) {
  const diffusion = edm();
  const state = resume?.state.metadata['importance'] as unknown as LossImportanceState | undefined;
  const importance = lossImportance({ cells: 4, history: 2, state });
  const objective = weightedSum(
    [1, denoisingLoss(diffusion, { uncertainty: learnedUncertainty() })],
    [0.1, contrastiveDistillation({ diffusion, tap: 'mid', projector: mlpHead({ hidden: 8, out: 4 }) })],
    [
      0.1,
      selfDistillation({
        diffusion,
        name: 'dino',
        tap: 'mid',
        studentSigma: 0.1,
        predictor: null,
        projector: dinoHead({ out: 6, hidden: 8, bottleneck: 4, batchNorm: true }),
        teacher: momentumTeacher(0.9),
        criterion: prototypeCriterion(),
      }),
    ],
  );
  const draws = (of: Key, count: number, first: number) => {
    const drawn = Array.from(independentDraws(of, count, first), (u) => importance.draw(u));
    return { u: drawn.map(({ u }) => u), weight: drawn.map(({ weight }) => weight) };
  };
  const run = train({
    ...distilled(),
    objective,
    draws,
    samples: true,
    accumulate: 2,
    ema: { main: powerWarmupDecay({ decay: 0.9, every: 2 }), slow: 0.99 },
    resume,
  });
  const follow = async (count?: number) => {
    const found = [];
    for await (const { loss, metrics, samples, step } of run) {
      const { u, loss: each } = samples!['denoising'];
      u.forEach((value, i) => importance.record(value, each[i]));
      found.push({ step, loss, metrics, samples });
      if (found.length === count) break;
    }
    return found;
  };
  const checkpoint = () => run.checkpoint({ importance: JSON.parse(JSON.stringify(importance.state())) });
  return { follow, checkpoint };
}

describe('resume', () => {
  it('is bit for bit from every step, with all that has a state at once', async () => {
    await tf.setBackend('cpu');
    const straight = stateful();
    const wanted = await straight.follow();
    const end = await straight.checkpoint();
    expect(wanted.map(({ loss }) => Number.isFinite(loss))).toEqual(Array(6).fill(true));
    const held = Object.keys(end.tensors).join();
    for (const part of [/teacher/, /center/, /norm\.(mean|variance)/, /uncertainty/, /ema\.slow/]) {
      expect(held).toMatch(part);
    }
    for (let k = 1; k < 6; k++) {
      const half = stateful();
      await half.follow(k);
      const rest = stateful(throughBytes(await half.checkpoint()));
      expect(await rest.follow()).toEqual(wanted.slice(k));
      expect(await rest.checkpoint()).toEqual(end);
    }
  });

  it.each<[string, () => Optimizer]>([
    ['sgd with momentum', () => sgd({ momentum: 0.9, dampening: 0.5 })],
    ['nadam', () => nadam()],
    ['radam', () => radam({ beta2: 0.9 })],
    ['adamW with exemptions', () => adamW({ weightDecay: (name) => (name.endsWith('bias') ? 0 : 0.5) })],
  ])('is exact with %s', async (_, optimizer) => {
    const straight = small({ optimizer: optimizer(), steps: 16 });
    await take(train(straight));
    const half = small({ optimizer: optimizer(), steps: 8 });
    const run = train(half);
    await take(run);
    const rest = small({ optimizer: optimizer(), steps: 16, resume: throughBytes(await run.checkpoint()) });
    await take(train(rest));
    expect(await weightsOf(rest.network)).toEqual(await weightsOf(straight.network));
  });

  it('goes on in the data where it was: streams from their position, other iterables by passing over batches', async () => {
    const straight = small({ steps: 6, accumulate: 2 });
    const wanted = await losses(train(straight));
    const half = train(small({ steps: 3, accumulate: 2 }));
    await take(half);
    const checkpoint = await half.checkpoint();
    const stream = seededBatches();
    expect(await losses(train(small({ resume: checkpoint, data: stream, steps: 6, accumulate: 2 })))).toEqual(
      wanted.slice(3),
    );
    expect(stream.asked[0]).toBe(6);
    const list = await take(seededBatches(), 12);
    expect(await losses(train(small({ resume: checkpoint, data: list, accumulate: 2 })))).toEqual(wanted.slice(3));
    const short = take(train(small({ resume: checkpoint, data: list.slice(0, 5), accumulate: 2 })));
    await expect(short).rejects.toThrow(/data must be at least 6 batches long/);
  });

  it('counts on: step, images, learning rate, and steps that were passed over', async () => {
    const objective: TrainOptions['objective'] = (context) =>
      tf.mul(autoencoding(context), context.step === 1 ? NaN : 1) as tf.Scalar;
    const half = train(small({ objective, steps: 3 }));
    await take(half);
    const checkpoint = await half.checkpoint();
    expect(checkpoint.state).toMatchObject({ step: 3, updates: 2, batches: 3, images: 12, version: '0.1.0' });
    const rest = train(small({ objective, resume: checkpoint, learningRate: (step) => step / 100 }));
    expect(rest.step).toBe(3);
    const [event] = await take(rest, 1);
    expect(event).toMatchObject({ step: 4, images: 16, learningRate: 0.03 });
    expect(rest.step).toBe(4);
    expect(await take(train(small({ objective, resume: checkpoint, steps: 3 })))).toEqual([]);
  });

  it('may be asked for a checkpoint before the first step and while a step is under way', async () => {
    const options = small({ ema: 0.9 });
    const run = train(options);
    const start = await run.checkpoint();
    expect(start.state).toMatchObject({ step: 0, updates: 0, batches: 0 });
    const resumed = train(small({ ema: 0.9, resume: start }));
    const iterator = run[Symbol.asyncIterator]();
    const stepping = iterator.next();
    const during = await run.checkpoint();
    await stepping;
    await take(resumed, 1);
    const after = await resumed.checkpoint();
    expect([start, after]).toContainEqual(during);
    await iterator.return?.();
  });

  it('gives the averaged weights, or the trained ones, to a network', async () => {
    const options = small({ ema: 0.5 });
    const run = train(options);
    await take(run, 3);
    const checkpoint = throughBytes(await run.checkpoint());
    const other = new FakeNetwork({ seed: 9 });
    loadStateDict(other, checkpointWeights(checkpoint));
    for (const [name, tensor] of Object.entries(run.ema!)) {
      expect([...other.variables()[name].dataSync()]).toEqual([...tensor.dataSync()]);
    }
    loadStateDict(other, checkpointWeights(checkpoint, 'network'));
    expect(await weightsOf(other)).toEqual(await weightsOf(options.network));
    expect(checkpointWeights(checkpoint, 'ema')).toEqual(checkpointWeights(checkpoint, 'ema.main'));
    expect(() => checkpointWeights(checkpoint, 'ema.slow')).toThrow(/one of network, ema.main, got "ema.slow"/);
    const plain = await train(small()).checkpoint();
    expect(Object.keys(checkpointWeights(plain))).toEqual(Object.keys(other.variables()));
    expect(() => checkpointWeights(plain, 'ema')).toThrow(/one of network/);
  });

  it('says what does not fit, and changes nothing', async () => {
    const done = train(small({ ema: 0.9 }));
    await take(done, 2);
    const checkpoint = await done.checkpoint();
    const wider = new FakeNetwork({ width: 6 });
    const renamed = {
      ...checkpoint.tensors,
      stray: { dtype: 'float32', shape: [1], data: new Float32Array(1) } as const,
    };
    const bad: [Partial<TrainOptions>, RegExp][] = [
      [
        { optimizer: adamW({ weightDecay: 0.3 }) },
        /optimizer.weightDecay must be 0.01, as in the checkpoint.*got "0.3"/,
      ],
      [{ optimizer: sgd() }, /optimizer.name must be "adamW"/],
      [{ key: key(1) }, /key must be \[0,0\]/],
      [{ accumulate: 2 }, /accumulate must be 1/],
      [{ ema: 0.8 }, /ema.main must be 0.9/],
      [{ ema: { main: 0.9, slow: 0.99 } }, /ema.slow must be undefined/],
      [{ ema: undefined }, /ema.main must be 0.9/],
      [{ config: { width: 6, data: { name: 'seeded' } } }, /config.width must be 5/],
      [{ config: { width: 5, data: { name: 'other' } } }, /config.data.name must be "seeded"/],
      [{ resume: { ...checkpoint, tensors: renamed } }, /one with stray/],
      [{ resume: { ...checkpoint, tensors: {} } }, /one without network.embed.* and \d+ more/],
    ];
    for (const [over, message] of bad) {
      const options = small({ ema: 0.9, resume: checkpoint, ...over });
      const before = await weightsOf(options.network);
      const tensors = tf.memory().numTensors;
      await expect(take(train(options))).rejects.toThrow(message);
      expect(await weightsOf(options.network)).toEqual(before);
      expect(tf.memory().numTensors).toBe(tensors);
    }
    const options = { ...small({ ema: 0.9, resume: checkpoint }), network: wider };
    const before = await weightsOf(wider);
    await expect(take(train(options))).rejects.toThrow(
      /'network.embed' of resume must be float32 of shape \[2,6\], got "float32 of shape \[2,5\]"/,
    );
    expect(await weightsOf(wider)).toEqual(before);
  });

  it('accepts the differences that it is told to', async () => {
    const done = train(small());
    await take(done, 2);
    const resume = await done.checkpoint();
    const changed = { optimizer: adamW({ learningRate: 0.01, weightDecay: 0.3 }), config: { width: 6 } };
    const allowChanges = ['optimizer.weightDecay', 'config'];
    expect(await take(train(small({ ...changed, resume, allowChanges })), 1)).toHaveLength(1);
    await expect(take(train(small({ ...changed, resume, allowChanges: ['optimizer'] })), 1)).rejects.toThrow(
      /config.width/,
    );
  });

  it('takes the name of a part for this part only', async () => {
    const resume = await train(small()).checkpoint();
    const changed = small({ optimizer: adamW({ weightDecay: 0.3 }), resume, allowChanges: ['optimizer.weight'] });
    await expect(take(train(changed), 1)).rejects.toThrow(/optimizer.weightDecay/);
  });

  it('leaves an objective that was set up for a start that failed as it was before', async () => {
    const options = distilled({ resume: { ...(await train(small()).checkpoint()) } });
    options.network.variables(); // builds them
    const tensors = tf.memory().numTensors;
    await expect(take(train(options))).rejects.toThrow(/must be/);
    expect(tf.memory().numTensors).toBe(tensors);
    await expect(take(train({ ...options, resume: undefined }), 1)).resolves.toHaveLength(1);
  });
});
