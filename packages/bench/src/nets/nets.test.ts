import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { installWasmKernels } from '@diptych/ops/wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { edm2Specification } from './edm2.ts';
import { parametersOf, type NetSpecification } from './net.ts';
import { specifications } from './specifications.ts';
import { forwarding, training } from './training.ts';
import { ddpmUNet, unetFlop, unetStages } from './unet-shape.ts';
import { unetSpecification } from './unet.ts';
import { vitSpecification } from './vit.ts';

const smallViT = { patch: 4, width: 8, depth: 2, heads: 2, tokens: 5, batch: 2 };
const smallUNet = {
  ...ddpmUNet,
  image: [8, 8, 3] as const,
  base: 32,
  multipliers: [1, 2],
  blocks: 1,
  attention: [4],
  batch: 1,
};

beforeAll(async () => {
  await tf.setBackend('wasm');
  await installWasmKernels();
});

describe('the DDPM UNet', () => {
  it('is the network of 35,746,307 parameters', () => {
    const time = 4 * ddpmUNet.base;
    const affine = (inputs: number, outputs: number) => (inputs + 1) * outputs;
    const ends = affine(ddpmUNet.base, time) + affine(time, time) + affine(9 * 3, 128) + 2 * 128 + affine(9 * 128, 3);
    const stages = unetStages(ddpmUNet).map(({ kind, inputs, outputs, attention }) => {
      if (kind !== 'residual') return affine(9 * inputs, outputs);
      const convolutions = affine(9 * inputs, outputs) + affine(9 * outputs, outputs) + affine(time, outputs);
      const shortcut = inputs === outputs ? 0 : affine(inputs, outputs);
      const attends = attention ? 2 * outputs + affine(outputs, 3 * outputs) + affine(outputs, outputs) : 0;
      return convolutions + shortcut + attends + 2 * inputs + 2 * outputs;
    });
    expect(stages.reduce((sum, stage) => sum + stage, ends)).toBe(35_746_307);
  });

  it('takes the work that its reported speed means: 108 GFLOP/s times 1.335 s for a step, within 5 %', () => {
    expect(Math.abs((3 * unetFlop(ddpmUNet)) / (108e9 * 1.335) - 1)).toBeLessThan(0.05);
  });

  it('gives back on the way up every skip of the way down', () => {
    const stages = unetStages(ddpmUNet);
    const ups = stages.filter(({ part, kind }) => part === 'up' && kind === 'residual');
    const downs = stages.filter(({ part }) => part === 'down');
    expect(ups.length).toBe(downs.length + 1);
    expect(stages.at(-1)).toMatchObject({ side: 32, inputs: 256, outputs: 128 });
  });
});

describe('the counts of floating-point operations', () => {
  // From torch.utils.flop_counter over python/networks.py, which does not count attention on CPU; attention is added by hand.
  it.each([
    ['vit', 4.920016896 + 32 * 6 * 4 * 65 ** 2 * 128 * 1e-9],
    ['uvit-s2', 45.28625664 + 2 * 13 * 4 * 257 ** 2 * 512 * 1e-9],
    ['dit-s2', 21.80677632 + 2 * 12 * 4 * 256 ** 2 * 384 * 1e-9],
    ['unet', 48.431628288 + 4 * 4 * (5 * 256 ** 2 + 16 ** 2) * 256 * 1e-9],
  ])('of %s agree with PyTorch’s', (name, gflop) => {
    expect(specifications[name]().flop / 1e9 / gflop).toBeCloseTo(1, 3);
  });
});

describe.each<[string, () => NetSpecification]>([
  ['vit', () => vitSpecification(smallViT)],
  ['unet', () => unetSpecification(smallUNet)],
  ['edm2', () => edm2Specification({ image: [8, 8, 2], width: 8, classes: 3, batch: 2 })],
])('%s', (_, specification) => {
  it('learns its target, and leaves no tensors behind', async () => {
    const before = tf.memory().numTensors;
    const net = specification().build();
    expect(parametersOf(net)).toBeGreaterThan(1000);
    const loss = () =>
      tf.tidy(
        () =>
          tf.losses
            .meanSquaredError(net.target, net.predict(tf.tensor4d(net.batch.x as Float32Array, [...net.batch.shape])))
            .dataSync()[0],
      );
    const first = loss();
    const steps = training(net);
    for (let i = 0; i < 8; i++) await steps.step();
    expect(loss()).toBeLessThan(first);
    steps.dispose();
    const passes = forwarding(net);
    await passes.step();
    passes.dispose();
    net.dispose();
    await new Promise((resolve) => setTimeout(resolve));
    expect(tf.memory().numTensors).toBe(before);
  });
});
