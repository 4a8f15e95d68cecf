import { key, normalArray, split } from '@diptych/core';
import { guardOutputs, guardScratch } from '@diptych/test-utils/wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BackendMemory } from '../backend-memory.ts';
import { installWasmKernels } from '../index.ts';

guardScratch(BackendMemory);
guardOutputs(BackendMemory);

beforeAll(async () => {
  expect((await installWasmKernels({ threads: 3 })).threads).toBe(3);
  await tf.setBackend('wasm');
});
afterAll(async () => (await installWasmKernels()).uninstall());

const run = (words: readonly [number, number], shape: number[]) =>
  tf.engine().runKernel('DiptychNormals', {}, { key: words as never, shape }) as tf.Tensor;

it('DiptychNormals: the numbers of the host for any key, the last bit of one in a million aside', async () => {
  for (const words of [key(0), key(-1), key(2 ** 40 + 3), ...split(key(5), 3)]) {
    const y = run(words, [300, 1000]);
    const got = await y.data<'float32'>();
    const want = normalArray(words, 300_000);
    let other = 0;
    want.forEach((value, i) => {
      if (got[i] === value) return;
      other++;
      expect(Math.abs(got[i] - value)).toBeLessThanOrEqual(1.2e-7 * Math.abs(value));
    });
    expect(other).toBeLessThanOrEqual(1);
    y.dispose();
  }
});

it('DiptychNormals: has the moments of the normal distribution, far tails included', async () => {
  const y = run(key(7), [1_000_000]);
  const values = await y.data<'float32'>();
  const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
  // Five standard errors each.
  expect(Math.abs(moment(1))).toBeLessThan(5e-3);
  expect(Math.abs(moment(2) - 1)).toBeLessThan(7.1e-3);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(4.9e-2);
  expect(Math.max(...values.filter((value) => value > 4))).toBeGreaterThan(4.3);
  y.dispose();
});

it('DiptychNormals: an empty tensor is empty', async () => {
  const y = run(key(1), [0, 3]);
  expect(y.shape).toEqual([0, 3]);
  expect((await y.data()).length).toBe(0);
  y.dispose();
});
