import { key } from '@diptych/core';
import { installWasmKernels } from '@diptych/ops/wasm';
import { FakeNetwork } from '@diptych/test-utils/losses';
import { autoencoding, expectClose, seededBatches, take } from '@diptych/test-utils/trainer';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { adamW } from '../optimizers/adam-w.ts';
import { train } from './train.ts';

/** Every kernel that an update has: AdamW with decay and without, a clip that acts, an average. */
function start(resume?: Checkpoint) {
  return train({
    network: new FakeNetwork(),
    objective: autoencoding,
    data: seededBatches(),
    optimizer: adamW({ learningRate: 0.01, weightDecay: (_, shape) => (shape.length > 1 ? 0.1 : 0) }),
    clip: 0.05,
    ema: 0.9,
    key: key(0),
    checkLeaks: true,
    resume,
  });
}

const numbers = ({ tensors }: Checkpoint) =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, Array.from(data as Float32Array)]));

describe('a training on the WASM kernels', () => {
  beforeAll(async () => void (await tf.setBackend('wasm')));
  afterEach(async () => (await installWasmKernels()).uninstall());

  it('comes to the weights, moments and averages of the composed operations, within rounding', async () => {
    const ends = [];
    for (const isFused of [false, true]) {
      if (isFused) await installWasmKernels();
      const run = start();
      const events = take(run, 6);
      const { kernelNames } = await tf.profile(async () => void (await events));
      if (isFused)
        expect(kernelNames).toEqual(expect.arrayContaining(['DiptychAdamW', 'DiptychEma', 'DiptychSumOfSquares']));
      ends.push({ losses: (await events).map(({ loss }) => loss), values: numbers(await run.checkpoint()) });
      run.dispose();
    }
    const [composed, fused] = ends;
    expectClose(fused.losses, composed.losses, { rtol: 1e-5, atol: 1e-6 });
    for (const name of Object.keys(composed.values)) {
      expectClose(fused.values[name], composed.values[name], { rtol: 1e-4, atol: 1e-6 });
    }
  });

  it('goes on from a checkpoint bit for bit', async () => {
    await installWasmKernels();
    const whole = start();
    await take(whole, 6);
    const first = start();
    await take(first, 3);
    const second = start(await first.checkpoint());
    await take(second, 3);
    expect(numbers(await second.checkpoint())).toEqual(numbers(await whole.checkpoint()));
    for (const run of [whole, first, second]) run.dispose();
  });
});
