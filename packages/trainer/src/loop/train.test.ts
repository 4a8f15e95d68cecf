import { edm, key } from '@diptych/core';
import { lossImportance } from '@diptych/core/training';
import type { Batch, Key } from '@diptych/core';
import {
  denoisingLoss,
  dispersiveL2,
  featureRegularizer,
  tensorBatch,
  termGradientNorms,
  weightedSum,
} from '@diptych/losses';
import { independentDraws } from '@diptych/losses/objective';
import type { Objective } from '@diptych/losses';
import { DiptychError } from '@diptych/formats/errors';
import { FakeNetwork, randomBatch } from '@diptych/test-utils/losses';
import { onEachBackend } from '@diptych/test-utils/ops';
import { autoencoding, autoencodingOn, expectClose, seededBatches, take, weightsOf } from '@diptych/test-utils/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { clipByParameterNorm } from '../clipping/clip-by-parameter-norm.ts';
import { ema } from '../ema/ema.ts';
import { adamW } from '../optimizers/adam-w.ts';
import { sgd } from '../optimizers/sgd.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { namedGradients } from '../optimizers/packing/named-gradients.ts';
import { warmupConstant } from '../learning-rate/warmup-constant.ts';
import { train } from './train.ts';
import type { TrainOptions } from './train-options.ts';

/** A training of a small network without randomness, and what a test wants otherwise. */
function setup(over: Partial<TrainOptions> = {}) {
  const network = new FakeNetwork();
  const options: TrainOptions = {
    network,
    objective: autoencoding,
    data: seededBatches(),
    optimizer: sgd({ learningRate: 0.1 }),
    key: key(0),
    checkLeaks: true,
    ...over,
  };
  return { network, options, run: train(options) };
}

/** The gradient of the objective above on the seeded batch of a step, by hand. */
function gradientAt(network: FakeNetwork, batch: Batch): Record<string, number[]> {
  return tf.tidy(() => {
    const { gradients } = namedGradients(() => autoencodingOn(network, batch), network.trainableVariables());
    return Object.fromEntries(Object.entries(gradients).map(([name, g]) => [name, [...g.dataSync()]]));
  });
}

const batchAt = (step: number, shape?: Batch['shape']) => randomBatch({ seed: 1000 + step, shape });
const norm = (vectors: Record<string, number[]>) =>
  Math.sqrt(
    Object.values(vectors)
      .flat()
      .reduce((sum, g) => sum + g * g, 0),
  );

/** An objective that is the one above times a variable of its own, NaN at the given 0-based steps. */
function withOwnState({ nanAt = [] as number[] } = {}): Objective & { statistic: tf.Variable; scale: tf.Variable } {
  const scale = tf.variable(tf.scalar(1));
  const statistic = tf.variable(tf.scalar(0));
  return {
    name: 'own',
    scale,
    statistic,
    trainableVariables: () => ({ 'own.scale': scale }),
    variables: () => ({ 'own.scale': scale, 'own.statistic': statistic }),
    compute(context) {
      const loss = tf.mul(autoencoding(context), tf.square(scale)) as tf.Scalar;
      const value = nanAt.includes(context.step) ? (tf.mul(loss, NaN) as tf.Scalar) : loss;
      statistic.assign(tf.add(statistic, value));
      return { loss: value, metrics: { 'own/loss': value } };
    },
    dispose: () => tf.dispose([scale, statistic]),
  };
}

onEachBackend('train', () => {
  it('descends: the loss of diffusion training falls', async () => {
    const data = Array.from({ length: 80 }, () => randomBatch({ seed: 3, shape: [16, 3, 3, 2] }));
    const { run } = setup({
      data,
      steps: 80,
      objective: denoisingLoss(edm()),
      optimizer: adamW({ learningRate: 3e-2 }),
    });
    const losses = (await take(run)).map(({ loss }) => loss);
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(losses.slice(-20))).toBeLessThan(0.6 * mean(losses.slice(0, 20)));
  });

  it('makes the step that the gradient and the optimizer say', async () => {
    const { network, run } = setup();
    const before = await weightsOf(network);
    const gradient = gradientAt(network, batchAt(0));
    const [event] = await take(run, 1);
    const after = await weightsOf(network);
    for (const name of Object.keys(before)) {
      expectClose(
        after[name],
        before[name].map((w, i) => w - 0.1 * gradient[name][i]),
        { rtol: 1e-6, atol: 1e-7 },
      );
    }
    expect(event.gradientNorm).toBeCloseTo(norm(gradient), 5);
    expect(event).toMatchObject({ step: 1, learningRate: 0.1, skipped: false, images: 4, metrics: {} });
    expect(event.secondsLeft).toBeUndefined();
  });

  it('clips to a global norm, by the norm of each parameter, or by a function of yours', async () => {
    const gradient = gradientAt(setup().network, batchAt(0));
    const total = norm(gradient);
    const scales: [NonNullable<TrainOptions['clip']>, (name: string) => number][] = [
      [0.1 * total, () => 0.1],
      [10 * total, () => 1],
      [clipByParameterNorm(0.01), (name) => Math.min(1, 0.01 / norm({ [name]: gradient[name] }))],
      [
        (gradients) => ({
          gradients: { ...gradients, bias: tf.zerosLike(gradients['network.bias']) },
          norm: tf.scalar(7),
        }),
        () => 1,
      ],
    ];
    for (const [clip, scale] of scales) {
      const { network, run } = setup({ clip });
      const before = await weightsOf(network);
      const [event] = await take(run, 1);
      const after = await weightsOf(network);
      for (const name of Object.keys(before)) {
        const expected = before[name].map((w, i) => w - 0.1 * scale(name) * gradient[name][i]);
        expectClose(after[name], expected, { rtol: 1e-5, atol: 2e-6 });
      }
      if (typeof clip === 'number') expect(event.gradientNorm).toBeCloseTo(total, 5);
    }
  });

  it('clips just the same for an optimizer that takes no factor', async () => {
    const rule = sgd();
    const plain: Optimizer = {
      ...rule,
      init(variables) {
        const state = rule.init(variables);
        const { packing } = state;
        const update: typeof state.update = (gradients, rate) => state.update(gradients, rate);
        const { tensors, restore, dispose } = state;
        return { packing, count: 0, update, tensors, restore, dispose };
      },
    };
    const ends = [];
    for (const optimizer of [rule, plain]) {
      const { network, run } = setup({ clip: 0.01, optimizer });
      await take(run, 2);
      ends.push(await weightsOf(network));
    }
    expect(ends[1]).toEqual(ends[0]);
  });

  it('accumulates batches into the step that one large batch makes, parts of different sizes included', async () => {
    const parts = [batchAt(0, [6, 3, 3, 2]), batchAt(1, [2, 3, 3, 2])];
    const x = new Float32Array([...parts[0].x, ...parts[1].x]);
    const accumulated = setup({ data: parts, accumulate: 2 });
    const whole = setup({ data: [{ x, shape: [8, 3, 3, 2] }] });
    const [[a], [b]] = [await take(accumulated.run, 1), await take(whole.run, 1)];
    expect(a.loss).toBeCloseTo(b.loss, 6);
    expect(a.gradientNorm).toBeCloseTo(b.gradientNorm, 5);
    expect([a.images, b.images]).toEqual([8, 8]);
    const [left, right] = [await weightsOf(accumulated.network), await weightsOf(whole.network)];
    for (const name of Object.keys(left)) expectClose(left[name], right[name], { rtol: 1e-6, atol: 1e-7 });
  });

  it('gives every part of an accumulated step the noise it has in one large batch', async () => {
    const parts = [batchAt(0), batchAt(1)];
    const x = new Float32Array([...parts[0].x, ...parts[1].x]);
    const objective = () => denoisingLoss(edm());
    const accumulated = setup({ data: parts, accumulate: 2, objective: objective() });
    const whole = setup({ data: [{ x, shape: [8, 3, 3, 2] }], objective: objective() });
    const [[a], [b]] = [await take(accumulated.run, 1), await take(whole.run, 1)];
    expectClose([a.loss, a.gradientNorm], [b.loss, b.gradientNorm], { rtol: 1e-5 });
  });

  it('draws other noise at every step, the same for the same key', async () => {
    const data = [0, 1, 2].map(() => batchAt(0));
    const still = { data, objective: denoisingLoss(edm()), learningRate: 0 };
    const losses = async (of: Key) => (await take(setup({ ...still, key: of }).run)).map(({ loss }) => loss);
    const [first, again, other] = [await losses(key(1)), await losses(key(1)), await losses(key(2))];
    expect(new Set([...first, ...other]).size).toBe(6);
    expect(again).toEqual(first);
  });

  it('draws noise levels as it is told, for the whole logical batch', async () => {
    const asked: [number, number][] = [];
    const draws = (_: Key, count: number, first: number) => {
      asked.push([count, first]);
      return new Float64Array(count).fill(0.5);
    };
    const { run } = setup({ objective: denoisingLoss(edm()), draws, accumulate: 2 });
    await take(run, 1);
    expect(asked).toEqual([
      [4, 0],
      [4, 4],
    ]);
  });

  it('keeps the number of tensors the same from step to step, and frees what it made', async () => {
    const options = {
      ema: { a: 0.9, b: 0.99 },
      clip: 1,
      accumulate: 2,
      optimizer: adamW(),
      objective: denoisingLoss(edm()),
    };
    const { run } = setup(options);
    const before = tf.memory().numTensors;
    const counts: number[] = [];
    for await (const { step } of run) {
      counts.push(tf.memory().numTensors);
      if (step === 25) break;
    }
    expect(counts).toEqual(counts.map(() => counts[0]));
    expect(Object.keys(run.averages)).toEqual(['a', 'b']);
    await run.checkpoint();
    run.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('passes over a step that is not finite: nothing of it stays, and training goes on', async () => {
    const objective = withOwnState({ nanAt: [1] });
    const { network, run } = setup({ objective, ema: 0.5, optimizer: adamW() });
    await take(run, 1);
    const before = { ...(await weightsOf(network)), ...(await weightsOf(objective as never)) };
    const { state: _, ...kept } = await run.checkpoint();
    const [event] = await take(run, 1);
    expect(event).toMatchObject({ step: 2, skipped: true, loss: NaN });
    expect({ ...(await weightsOf(network)), ...(await weightsOf(objective as never)) }).toEqual(before);
    const { state, ...now } = await run.checkpoint();
    expect(now).toEqual(kept);
    expect(state).toMatchObject({ step: 2, updates: 1, batches: 2, images: 8 });
    const [next] = await take(run, 1);
    expect(next).toMatchObject({ step: 3, skipped: false });
    expect(await weightsOf(network)).not.toEqual(before);
  });

  it('notices a gradient that is not finite while the loss is, under every clipping', async () => {
    const infinite: TrainOptions['objective'] = ({ network }) => {
      const { bias } = network.variables();
      // The root of 0 is 0, its derivative is not finite.
      return tf.sum(tf.sqrt(tf.mul(bias, 0))) as tf.Scalar;
    };
    for (const clip of [undefined, 1, clipByParameterNorm(1)]) {
      const { network, run } = setup({ objective: infinite, clip });
      const before = await weightsOf(network);
      const [event] = await take(run, 1);
      expect(event).toMatchObject({ loss: 0, skipped: true });
      expect(await weightsOf(network)).toEqual(before);
    }
  });

  it('notices a loss that is not finite while the gradient is', async () => {
    const { network, run } = setup({ objective: (context) => tf.add<tf.Scalar>(autoencoding(context), Infinity) });
    const before = await weightsOf(network);
    const [event] = await take(run, 1);
    expect(event).toMatchObject({ loss: Infinity, skipped: true });
    expect(Number.isFinite(event.gradientNorm)).toBe(true);
    expect(await weightsOf(network)).toEqual(before);
  });

  it('gives up after too many such steps in a row, says which, in which term, and what to try, and keeps the weights', async () => {
    const objective = withOwnState({ nanAt: [2, 3, 4, 5] });
    const { network, run } = setup({ objective, maxSkipped: 2 });
    await take(run, 2);
    const before = await weightsOf(network);
    const failure = await take(run).catch((error: unknown) => error);
    expect(DiptychError.isInstance(failure)).toBe(true);
    expect(String(failure)).toMatch(
      /3 steps up to 5 must be finite .*lower learning rate.*got "loss NaN, gradient norm NaN, own\/loss NaN"/,
    );
    expect(await weightsOf(network)).toEqual(before);
    expect((await run.checkpoint()).state).toMatchObject({ step: 5, updates: 2 });
    network.variables().embed.assign(tf.fill(network.variables().embed.shape, NaN));
    const broken = await take(run).catch((error: unknown) => error);
    expect(run.step).toBe(8); // as patient as the first time
    expect(String(broken)).toMatch(/weights already hold NaN or infinity \(network.embed\)/);
  });

  it('averages the weights after every step, as ema() does by hand', async () => {
    const { network, run } = setup({ ema: { fast: 0.5, slow: (step) => 1 - 1 / (step + 2) } });
    const [fast, slow] = [ema(0.5), ema((step) => 1 - 1 / (step + 2))].map((of) => of.init(network.variables()));
    for await (const { step } of run) {
      fast.update(step - 1);
      slow.update(step - 1);
      for (const [name, tensor] of Object.entries(run.averages.fast)) {
        expect([...(await tensor.data())]).toEqual([...(await fast.tensors()[name].data())]);
        expect([...(await run.averages.slow[name].data())]).toEqual([...(await slow.tensors()[name].data())]);
      }
      if (step === 3) break;
    }
    expect(run.ema).toEqual(run.averages.fast);
  });

  it("trains the objective's own weights, and calls it after the update and the averages with both", async () => {
    const objective = withOwnState();
    const seen: { step: number; bias: number[]; average: number[] }[] = [];
    objective.afterStep = ({ network, step, ema: average }) =>
      void seen.push({ step, bias: [...network.variables().bias.dataSync()], average: [...average!.bias.dataSync()] });
    const { network, run } = setup({ objective, ema: 0 });
    for await (const { step } of run) {
      const { bias } = await weightsOf(network);
      expect(seen.at(-1)).toEqual({ step: step - 1, bias, average: bias });
      if (step === 2) break;
    }
    expect(objective.scale.dataSync()[0]).toBeLessThan(1);
  });

  it('treats a weight that the loss does not reach as one of gradient 0', async () => {
    const { network, run } = setup({
      objective: ({ network: n }) => tf.sum(tf.square(n.variables().bias)) as tf.Scalar,
    });
    const before = await weightsOf(network);
    await take(run, 2);
    const after = await weightsOf(network);
    expect(after.embed).toEqual(before.embed);
    expect(after.bias).not.toEqual(before.bias);
  });
});

describe('train', () => {
  it('reports metrics, the rate of the 0-based step, and the pace by the clock it is given', async () => {
    let time = 0;
    const now = () => time;
    const objective: TrainOptions['objective'] = (context) => {
      time += 2000;
      const loss = autoencoding(context);
      return { loss, metrics: { double: tf.mul(loss, 2) as tf.Scalar, count: tf.scalar(3, 'int32') } };
    };
    const learningRate = warmupConstant({ rate: 1, warmup: 4 });
    const { run } = setup({ objective, now, steps: 4, learningRate });
    const events = [];
    for await (const event of run) {
      events.push(event);
      time += 1000;
    }
    expect(events.map(({ learningRate: rate }) => rate)).toEqual([0.25, 0.5, 0.75, 1]);
    expect(events.map(({ imagesPerSecond }) => imagesPerSecond)).toEqual([2, 2, 2, 2]);
    // Two seconds a step at first, three with the consumer's second.
    expect(events.map(({ secondsLeft }) => secondsLeft)).toEqual([6, 6, 3, 0]);
    for (const { loss, metrics } of events) {
      expect(metrics.double).toBeCloseTo(2 * loss, 6);
      expect(metrics.count).toBe(3);
    }
  });

  it('goes on where it was left when iterated again, as if never left', async () => {
    const [left, straight] = [setup({ objective: denoisingLoss(edm()) }), setup({ objective: denoisingLoss(edm()) })];
    const pieces = [...(await take(left.run, 2)), ...(await take(left.run, 3))].map(({ loss }) => loss);
    expect(pieces).toEqual((await take(straight.run, 5)).map(({ loss }) => loss));
    expect(left.run.step).toBe(5);
  });

  it('ends after the step under way when the signal says so, without an error and in a state to save', async () => {
    const controller = new AbortController();
    const { run } = setup({ signal: controller.signal });
    const steps: number[] = [];
    for await (const { step } of run) {
      steps.push(step);
      if (step === 3) controller.abort();
    }
    expect(steps).toEqual([1, 2, 3]);
    expect((await run.checkpoint()).state.step).toBe(3);
    const never = setup({ signal: AbortSignal.abort() });
    expect(await take(never.run)).toEqual([]);
  });

  it('ends at once when aborted while the data keeps it waiting, and loses no batch', async () => {
    const controller = new AbortController();
    let release = (_: Batch) => {};
    const late = new Promise<Batch>((resolve) => (release = resolve));
    async function* data() {
      yield batchAt(0);
      yield late;
    }
    const { run, options } = setup({ data: data(), signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    expect(await take(run)).toHaveLength(1);
    expect(await take(run)).toHaveLength(0);
    (options as { signal?: AbortSignal }).signal = undefined;
    release(batchAt(1));
    expect(await take(run)).toHaveLength(1);
  });

  it('lets the event loop run between steps, on backends that never wait', async () => {
    await tf.setBackend('cpu');
    const { run } = setup({ steps: 20 });
    let turns = 0;
    let done = false;
    const turn = () => {
      turns++;
      if (!done) setImmediate(turn);
    };
    setImmediate(turn);
    await take(run);
    done = true;
    expect(turns).toBeGreaterThan(10);
  });

  it('loads the next batch while a step computes, and none beyond the last', async () => {
    const data = seededBatches();
    const { run } = setup({ data, steps: 3 });
    await take(run, 1);
    expect(data.asked).toEqual([0, 1]);
    await take(run);
    expect(data.asked).toEqual([0, 1, 2]);
  });

  it('ends with the data where no number of steps is given, and complains where one is', async () => {
    const data = [0, 1, 2].map((step) => batchAt(step));
    expect(await take(setup({ data }).run)).toHaveLength(3);
    expect(await take(setup({ data, accumulate: 2 }).run)).toHaveLength(1);
    await expect(take(setup({ data, steps: 4 }).run)).rejects.toThrow(/data must be long enough for 4 steps, got 3/);
    await expect(take(setup({ data: [], steps: 4 }).run)).rejects.toThrow(/data must be long enough for one step/);
  });

  it('hands on an error of the data, and can be iterated again when the cause is gone', async () => {
    let broken = true;
    const good = seededBatches();
    async function* from(start: number) {
      for await (const batch of good.from(start)) {
        if (broken && start + 2 === good.asked.at(-1)) throw new Error('disk');
        yield batch;
      }
    }
    const { run } = setup({ data: { from } });
    await expect(take(run)).rejects.toThrow('disk');
    expect(run.step).toBe(2);
    broken = false;
    expect((await take(run, 2)).map(({ step }) => step)).toEqual([3, 4]);
    expect(good.asked).toEqual([0, 1, 2, 2, 3, 4]);
  });

  it('refuses a batch with NaN before it does anything', async () => {
    const bad = { ...batchAt(1), x: Float32Array.from(batchAt(1).x, (v, i) => (i === 40 ? NaN : v)) };
    const { network, run } = setup({ data: [batchAt(0), bad] });
    await take(run, 1);
    const before = await weightsOf(network);
    await expect(take(run)).rejects.toThrow(/batch.x\[40\] must be a finite number, got/);
    expect(await weightsOf(network)).toEqual(before);
  });

  it('puts everything back when the objective throws', async () => {
    const objective = withOwnState();
    const { compute } = objective;
    objective.compute = (context) => {
      const terms = compute(context);
      if (context.step === 1) throw new Error('mine');
      return terms;
    };
    const { run } = setup({ objective });
    await take(run, 1);
    const before = await weightsOf(objective as never);
    const tensors = tf.memory().numTensors;
    await expect(take(run)).rejects.toThrow('mine');
    expect(await weightsOf(objective as never)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    expect((await run.checkpoint()).state).toMatchObject({ step: 1, updates: 1 });
  });

  it('neither saves nor goes on with a state that a failing afterStep left half-way', async () => {
    const objective = withOwnState();
    objective.afterStep = () => {
      throw new Error('teacher');
    };
    const { run } = setup({ objective });
    await expect(take(run)).rejects.toThrow('teacher');
    await expect(run.checkpoint()).rejects.toThrow(/whole/);
    await expect(take(run)).rejects.toThrow(/whole/);
  });

  it('finds an objective that leaves tensors behind', async () => {
    const leaking: TrainOptions['objective'] = (context) => {
      tf.keep(tf.scalar(1));
      return autoencoding(context);
    };
    await expect(take(setup({ objective: leaking, steps: 9 }).run)).rejects.toThrow(/leaves behind must be 0, got 1/);
    await expect(take(setup({ objective: leaking, steps: 9, checkLeaks: false }).run)).resolves.toHaveLength(9);
  });

  it('saves no state from the middle of a step', async () => {
    const objective = withOwnState();
    const { compute } = objective;
    let saved: Promise<Checkpoint> | undefined;
    objective.compute = (context) => {
      const terms = compute(context);
      saved ??= run.checkpoint();
      return terms;
    };
    const { run } = setup({ objective });
    const [{ loss }] = await take(run, 1);
    const { state, tensors } = await saved!;
    expect([state.step, tensors['objective.own.statistic'].data[0]]).toEqual([1, loss]);
  });

  it('is iterated by one consumer at a time, and not after dispose', async () => {
    const { run } = setup();
    const first = run[Symbol.asyncIterator]();
    await first.next();
    await expect(take(run)).rejects.toThrow(/one consumer/);
    await first.return?.();
    run.dispose();
    run.dispose();
    await expect(take(run)).rejects.toThrow(/disposed/);
    expect(() => run.ema).toThrow(/disposed/);
  });

  it('can be disposed while it starts and while a step is under way', async () => {
    const objective: TrainOptions['objective'] = (context) => {
      if (context.step === 1) run.dispose();
      return autoencoding(context);
    };
    const { run } = setup({ ema: 0.9, optimizer: adamW(), objective });
    const starting = setup({ ema: 0.9, optimizer: adamW() }).run;
    const before = tf.memory().numTensors;
    const events = starting[Symbol.asyncIterator]().next();
    starting.dispose();
    expect((await events).done).toBe(true);
    expect(await take(run)).toHaveLength(2);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('hands out the loss and the noise level of every sample on request, and costs nothing otherwise', async () => {
    const objective = denoisingLoss(edm());
    const { run } = setup({ objective, samples: true, accumulate: 2 });
    const plain = setup({ objective: denoisingLoss(edm()), accumulate: 2 });
    const [first, second, third] = await take(run, 3);
    expect((await take(plain.run, 3)).map(({ loss, samples }) => [loss, samples])).toEqual(
      [first, second, third].map(({ loss }) => [loss, undefined]),
    );
    for (const { samples, loss } of [first, third]) {
      const { sigma, u, loss: each } = samples!.denoising;
      expect([sigma.length, u.length, each.length]).toEqual([8, 8, 8]);
      expect(each.reduce((sum, value) => sum + value, 0) / 8).toBeCloseTo(loss, 5);
      sigma.forEach((level, i) => expect(level).toBeCloseTo(edm().sigmaQuantile(u[i]), 9));
    }
    const tensors = tf.memory().numTensors;
    await take(run, 2);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('weighs the samples of draws that prefer some noise levels, and reports their losses before the weights', async () => {
    const flat = (_: Key, count: number) => Float64Array.from({ length: count }, (__, i) => (i + 1) / (count + 1));
    const draws = (of: Key, count: number) => ({ u: flat(of, count), weight: [2, 0, 0, 0.5] });
    const [even, weighted] = [flat, draws].map(
      (of) => setup({ objective: denoisingLoss(edm()), samples: true, draws: of }).run,
    );
    const [[a], [b]] = [await take(even, 1), await take(weighted, 1)];
    const each = a.samples!.denoising.loss;
    expect(b.samples).toEqual(a.samples);
    expect(b.loss).toBeCloseTo((2 * each[0] + 0.5 * each[3]) / 4, 5);
    const bad = setup({ objective: denoisingLoss(edm()), draws: (_, count) => new Float64Array(count) });
    await expect(take(bad.run, 1)).rejects.toThrow(/draws must be a function that returns 4 numbers in \(0, 1\)/);
    const infinite = {
      objective: denoisingLoss(edm()),
      draws: () => ({ u: [0.5, 0.5, 0.5, 0.5], weight: [1, Infinity, 1, 1] }),
    };
    await expect(take(setup(infinite).run, 1)).rejects.toThrow(/weight of draws must be a finite number >= 0/);
  });

  it("works with core's importance sampling by loss: draws of its density, losses recorded from the events", async () => {
    const importance = lossImportance({ cells: 4, history: 2 });
    const draws = (of: Key, count: number, first: number) => {
      const drawn = Array.from(independentDraws(of, count, first), (u) => importance.draw(u));
      return { u: drawn.map(({ u }) => u), weight: drawn.map(({ weight }) => weight) };
    };
    const { run } = setup({ objective: denoisingLoss(edm()), samples: true, draws });
    for await (const { samples, step } of run) {
      const { u, loss } = samples!.denoising;
      u.forEach((value, i) => importance.record(value, loss[i]));
      if (step === 12) break;
    }
    const probabilities = importance.probabilities();
    expect(new Set(probabilities).size).toBeGreaterThan(1);
    expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
    const resumed = lossImportance({ cells: 4, history: 2, state: JSON.parse(JSON.stringify(importance.state())) });
    expect(resumed.probabilities()).toEqual(probabilities);
  });

  it('names the term whose logits are not finite, and those that are', async () => {
    const regularizer = featureRegularizer({
      diffusion: edm(),
      tap: 'mid',
      loss: (feature) => tf.mean(tf.softmax(tf.mul(feature, Infinity))) as tf.Scalar,
    });
    const { run } = setup({ objective: weightedSum([1, denoisingLoss(edm())], [1, regularizer]), maxSkipped: 0 });
    await expect(take(run)).rejects.toThrow(
      /loss and gradient of step 1 must be finite .*regularizer\/loss NaN.*; finite are denoising\/loss \d/,
    );
  });

  it('leaves no tensors of a step that throws when samples are asked for', async () => {
    const inner = denoisingLoss(edm());
    const objective: Objective = {
      ...inner,
      compute(context) {
        const terms = inner.compute(context);
        return context.step === 1 ? { ...terms, loss: tf.stack([terms.loss, terms.loss]) as never } : terms;
      },
    };
    const { run } = setup({ objective, samples: true });
    await take(run, 1);
    const tensors = tf.memory().numTensors;
    await expect(take(run)).rejects.toThrow(/must be a scalar/);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('tells how hard each term pulls, on request, within the run', async () => {
    const [denoising, regularizer] = [
      denoisingLoss(edm()),
      featureRegularizer({ diffusion: edm(), tap: 'mid', loss: dispersiveL2 }),
    ];
    const { run, network } = setup({ objective: weightedSum([1, denoising], [0.25, regularizer]) });
    for await (const { step } of run) {
      const before = await weightsOf(network);
      const tensors = tf.memory().numTensors;
      const batch = tensorBatch(batchAt(step));
      const norms = await termGradientNorms([denoising, regularizer], { network, batch, key: key(step), step });
      tf.dispose([batch.x]);
      expect((0.25 * norms.regularizer) / norms.denoising).toBeGreaterThan(0);
      expect(tf.memory().numTensors).toBe(tensors);
      expect(await weightsOf(network)).toEqual(before);
      if (step === 2) break;
    }
  });

  it('refuses options that make no sense', async () => {
    const bad: [Partial<TrainOptions>, RegExp][] = [
      [{ steps: 1.5 }, /steps/],
      [{ steps: -1 }, /steps/],
      [{ accumulate: 0 }, /accumulate/],
      [{ clip: 0 }, /clip/],
      [{ ema: 1.5 }, /ema/],
      [{ maxSkipped: 0.5 }, /maxSkipped/],
      [{ data: {} as never }, /: data must /],
      [{ data: undefined as never }, /: data must /],
      [{ network: undefined as never }, /network must be a network/],
      [{ objective: undefined as never }, /: objective must /],
      [{ optimizer: 'adam' as never }, /optimizer must be one, such as adamW\(\)/],
      [{ optimizer: { ...sgd({ learningRate: 1 }), learningRate: -1 } }, /optimizer's learningRate must be a finite/],
      [{ learningRate: -1e-3 }, /learningRate must be a finite number >= 0, or a function of the step, got -0.001/],
      [
        { learningRate: '1e-3' as never },
        /learningRate must be a finite number >= 0, or a function of the step, got "1e-3"/,
      ],
      [{ lr: 1e-3 } as never, /"lr" is not an option; did you mean learningRate\?/],
      [
        { optimizer: { ...sgd(), learningRate: '0.1' as never } },
        /the optimizer's learningRate must be a finite number/,
      ],
      [{ key: 42 as never }, /key must be a key, such as key\(42\), got 42/],
      [{ learningRate: NaN }, /: learningRate must /],
      [{ ema: { main: 0.9, slow: 1.1 } }, /ema.slow must be a number in \[0, 1\]/],
      [{ draws: 'stratified' as never }, /: draws must /],
      [{ resume: 'runs/a' as never }, /resume must be a checkpoint/],
      [{ signal: true as never }, /: signal must /],
      [{ step: 3 } as never, /"step" is not an option; did you mean steps\?/],
    ];
    for (const [over, message] of bad) expect(() => setup(over)).toThrow(message);
    await expect(take(setup({ learningRate: () => NaN }).run)).rejects.toThrow(/learning rate of step 0/);
    await expect(take(setup({ ema: () => 2 }).run)).rejects.toThrow(/decay must be a number in \[0, 1\]/);
    const vector: TrainOptions['objective'] = ({ batch }) => tf.mean(batch.x, [1, 2, 3]) as never;
    await expect(take(setup({ objective: vector }).run)).rejects.toThrow(/loss of the objective must be a scalar/);
    expect(await take(setup({ steps: 0 }).run)).toEqual([]);
  });
});

describe('train on a device that is lost', () => {
  /** The current backend with the mark of a WebGL or WebGPU backend, while `fn` runs. */
  async function marked(mark: object, fn: () => Promise<void>): Promise<void> {
    await tf.setBackend('cpu');
    const backend = tf.backend();
    Object.assign(backend, mark);
    try {
      await fn();
    } finally {
      for (const name of Object.keys(mark)) Reflect.deleteProperty(backend, name);
    }
  }

  it('stops before zeros reach the weights or a checkpoint, says so, and goes on elsewhere from the last checkpoint', async () => {
    let lost = false;
    let loseIn = Infinity;
    const objective: TrainOptions['objective'] = (context) => {
      lost = context.step >= loseIn;
      return autoencoding(context);
    };
    let kept: Checkpoint | undefined;
    await marked({ gpgpu: { gl: { isContextLost: () => lost } } }, async () => {
      const { network, run } = setup({ objective, ema: 0.9 });
      await take(run, 2);
      kept = await run.checkpoint();
      loseIn = 2;
      const before = await weightsOf(network);
      const tensors = tf.memory().numTensors;
      const message = /device of the backend must be there .*resume from the last checkpoint.*WebGL context lost/;
      await expect(take(run, 1)).rejects.toThrow(message);
      expect(await weightsOf(network)).toEqual(before);
      expect(tf.memory().numTensors).toBe(tensors);
      await expect(take(run, 1)).rejects.toThrow(message);
      await expect(run.checkpoint()).rejects.toThrow(message);
      expect(tf.memory().numTensors).toBe(tensors);
    });
    const straight = setup({ ema: 0.9 });
    await take(straight.run, 4);
    const resumed = setup({ ema: 0.9, resume: kept, allowChanges: ['objective'] });
    await take(resumed.run, 2);
    expect(await weightsOf(resumed.network)).toEqual(await weightsOf(straight.network));
  });

  it('sees the loss of a WebGPU device, even while a checkpoint is read', async () => {
    let lose!: (info: { reason: string; message: string }) => void;
    await marked({ device: { lost: new Promise((resolve) => (lose = resolve)) } }, async () => {
      const { run } = setup();
      await take(run, 1);
      const reading = run.checkpoint();
      lose({ reason: 'destroyed', message: 'driver reset' });
      await expect(reading).rejects.toThrow(/WebGPU device lost \(destroyed\) driver reset/);
      await expect(take(run, 1)).rejects.toThrow(/driver reset/);
    });
  });
});
