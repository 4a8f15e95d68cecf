import { key, type Batch } from '@diptych/core';
import { DiptychError } from '@diptych/formats/errors';
import { weightedSum, type Objective } from '@diptych/losses';
import { FakeNetwork, randomBatch } from '@diptych/test-utils/losses';
import { autoencoding, seededBatches, take, weightsOf } from '@diptych/test-utils/trainer';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { adamW } from '../optimizers/adam-w.ts';
import { train } from './train.ts';
import type { TrainOptions } from './train-options.ts';

beforeAll(() => tf.setBackend('cpu'));

type Context = Parameters<typeof autoencoding>[0];

const options = (more: object = {}) =>
  ({
    network: new FakeNetwork(),
    objective: autoencoding,
    data: seededBatches(),
    optimizer: adamW(),
    key: key(0),
    ...more,
  }) as TrainOptions;

/** The error of the first step, after which neither weights nor the number of tensors have changed. */
async function errorOf(more: object): Promise<Error> {
  const all = options(more);
  const before = await weightsOf(all.network);
  const run = train(all);
  const first = await take(run, 1).catch((error: unknown) => error);
  const tensors = tf.memory().numTensors;
  const second = await take(run, 1).catch((error: unknown) => error);
  expect(tf.memory().numTensors).toBe(tensors);
  expect(
    [first, second].every((error) => DiptychError.isInstance(error)),
    String(first),
  ).toBe(true);
  expect(await weightsOf(all.network)).toEqual(before);
  run.dispose();
  return first as Error;
}

describe('an objective of your own that returns', () => {
  const disposed = (context: Context) => {
    const loss = autoencoding(context);
    loss.dispose();
    return loss;
  };
  const loss = autoencoding;
  const cases: [string, (context: Context) => unknown, RegExp][] = [
    ['a number', () => 5, /result of the objective must be \{ loss, metrics \} of scalar tensors.* got 5/],
    ['nothing', () => undefined, /result of the objective must be .* got undefined/],
    ['null', () => null, /result of the objective must be .* got null/],
    ['a string', () => 'loss', /result of the objective must be .* got "loss"/],
    ['a list', () => [tf.scalar(1)], /result of the objective must be /],
    ['a promise', async () => tf.scalar(1), /result of the objective must be .* got Promise/],
    ['a vector', () => tf.ones([3]), /loss of the objective must be a scalar: take tf.mean .* of shape \[3\]/],
    ['an integer', (c) => tf.cast(loss(c), 'int32'), /loss of the objective must be float32, got int32/],
    ['a disposed tensor', disposed, /loss of the objective must be a tensor that is not disposed/],
    [
      'a loss that is a number',
      () => ({ loss: 3, metrics: {} }),
      /loss of the objective must be a scalar tensor, got 3/,
    ],
    [
      'no metrics',
      (c) => ({ loss: loss(c) }),
      /metrics of the objective must be scalars by name, \{\} for none, got undef/,
    ],
    ['a metric that is a vector', (c) => ({ loss: loss(c), metrics: { a: tf.ones([2]) } }), /metric 'a' .* a scalar/],
    [
      'a loss that no weight reaches',
      () => tf.scalar(1),
      /depends on none of the weights \(network.embed, .*compute it from/,
    ],
    ['a loss cut from the weights', (c) => tf.scalar(loss(c).dataSync()[0]), /depends on none of the weights/],
  ];
  it.each(cases)('%s is refused: says what was expected', async (_, returns, message) => {
    const f = (context: Context) => returns(context);
    expect((await errorOf({ objective: f })).message).toMatch(message);
    expect((await errorOf({ objective: f, samples: true })).message).toMatch(message);
    if (returns.length === 0 && !/reaches|vector|disposed/.test(_)) {
      const objective = { name: 'f', compute: returns } as unknown as Objective;
      expect((await errorOf({ objective })).message).toMatch(message);
      expect((await errorOf({ objective: weightedSum([1, objective]) })).message).toMatch(message);
    }
  });
});

describe('data of your own with a batch that is', () => {
  const good: Batch = randomBatch({ shape: [4, 3, 3, 2], seed: 1 });
  const numbers = /batch.x must be a Uint8Array of 0 to 255 or a Float32Array of -1 to 1 .Float32Array.from converts/;
  it.each<[string, unknown, RegExp]>([
    ['a number', 5, /batch 0 of data must be \{ x, shape: \[B, H, W, C\] \} of plain numbers, got 5/],
    ['null', null, /batch 0 of data must be .* got null/],
    ['undefined', undefined, /batch 0 of data must be .* got undefined/],
    ['a list', [good], /batch 0 of data must be /],
    ['without a shape', { x: good.x }, /batch 0 of data must be .* got \{x\}/],
    ['of a shape that is a number', { x: good.x, shape: 4 }, /batch.shape must be an array of numbers, got 4/],
    ['empty', { x: new Float32Array(0), shape: [0, 3, 3, 2] }, /batch.shape\[0\] must be a positive integer, got 0/],
    ['of Float64Array images', { ...good, x: Float64Array.from(good.x) }, numbers],
    ['of lists', { ...good, x: Array.from(good.x) }, numbers],
    ['of 16-bit pixels', { ...good, x: new Uint16Array(72) }, numbers],
    ['of clamped pixels', { ...good, x: new Uint8ClampedArray(72) }, numbers],
    [
      'of another length than its shape',
      { ...good, x: new Float32Array(71) },
      /batch.x must be of length 72, .* got 71/,
    ],
    ['with views that are no list', { ...good, views: 5 }, /batch.views must be an array .* got 5/],
  ])('%s is refused: says what was expected', async (_, batch, message) => {
    expect((await errorOf({ data: [batch, batch, batch] })).message).toMatch(message);
  });
});

describe('trainings at once', () => {
  it('of the same network are refused, until the first one ends, is left, or is disposed', async () => {
    const network = new FakeNetwork();
    const [first, second] = [train(options({ network, ema: 0.9 })), train(options({ network }))];
    const one = first[Symbol.asyncIterator]();
    await one.next();
    const before = await weightsOf(network);
    await expect(take(second, 1)).rejects.toThrow(
      /train: another training that is going on changes network.embed too: let that one end, or leave its loop/,
    );
    expect(await weightsOf(network)).toEqual(before);
    expect((await one.next()).value?.step).toBe(2);
    await one.return?.(undefined);
    const two = second[Symbol.asyncIterator]();
    expect((await two.next()).value?.step).toBe(1);
    await expect(take(first, 1)).rejects.toThrow(/another training/);
    second.dispose();
    expect((await take(first, 1))[0].step).toBe(3);
    first.dispose();
  });

  it('of networks of their own go on side by side', async () => {
    const runs = [train(options()), train(options())];
    const losses = await Promise.all(runs.map(async (run) => (await take(run, 3)).map(({ loss }) => loss)));
    expect(losses[0]).toEqual(losses[1]);
    runs.forEach((run) => run.dispose());
  });
});
