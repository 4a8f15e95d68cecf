import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import { drawn } from '@diptych/test-utils/wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attention, conv2d, gelu, groupNorm, layerNorm, linear, silu } from '../index.ts';
import type { WasmBackend } from './backend-memory.ts';
import { installWasmKernels } from './index.ts';

/** A net of every kind of layer: a convolution with group norm, a transformer block, a head. */
function tinyNet() {
  const weights: tf.Variable[] = [];
  const weight = (shape: number[], scale = 0.3) => {
    const value = tf.tensor(drawn(shape, weights.length + 1), shape);
    weights.push(tf.tidy(() => tf.variable(tf.mul(value, scale))));
    value.dispose();
    return weights[weights.length - 1] as tf.Tensor as never;
  };
  const [kernel, bias, gamma, beta] = [weight([3, 3, 2, 8]), weight([8]), weight([8]), weight([8])];
  const [scale, shift, qkv, out, outBias] = [weight([8]), weight([8]), weight([8, 24]), weight([8, 8]), weight([8])];
  const [up, upBias, down, downBias] = [weight([8, 16]), weight([16]), weight([16, 2]), weight([2])];
  const forward = (x: tf.Tensor4D) =>
    tf.tidy(() => {
      const features = silu(groupNorm(conv2d(x, kernel, bias), gamma, beta, { groups: 2 }));
      const tokens = tf.reshape(features, [x.shape[0], -1, 8]) as tf.Tensor3D;
      const normal = layerNorm(tokens, scale, shift);
      const mixed = tf.add<tf.Tensor3D>(tokens, linear(attention(linear(normal, qkv), { heads: 2 }), out, outBias));
      return tf.reshape(linear(gelu(linear(mixed, up, upBias)), down, downBias), x.shape) as tf.Tensor4D;
    });
  return { weights, forward };
}

/** Losses of `steps` steps of Adam; every number in the net is a function of fixed seeds. */
async function train(steps: number, after?: (step: number) => void): Promise<number[]> {
  const { weights, forward } = tinyNet();
  const shape: [number, number, number, number] = [2, 5, 3, 2];
  const [x, y] = [tf.tensor4d(drawn(shape, 90), shape), tf.tensor4d(drawn(shape, 91), shape)];
  const optimizer = tf.train.adam(3e-3);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const loss = optimizer.minimize(() => tf.mean(tf.squaredDifference(forward(x), y)) as tf.Scalar, true, weights)!;
    losses.push((await loss.data())[0]);
    loss.dispose();
    after?.(step);
  }
  optimizer.dispose();
  tf.dispose([weights, x, y]);
  return losses;
}

describe('training', () => {
  beforeAll(async () => void (await tf.setBackend('wasm')));
  afterAll(async () => (await installWasmKernels()).uninstall());

  it('goes the same way with the kernels of either build as without', async () => {
    const steps = 40;
    const stock = await train(steps);
    expect(stock[steps - 1]).toBeLessThan(0.7 * stock[0]);
    for (const instructionSet of ['simd', 'relaxedSimd'] as const) {
      const installed = await installWasmKernels({ instructionSet });
      const ours = await train(steps);
      installed.uninstall();
      // Rounding grows along the way; the loss is about 1.
      ours.forEach((loss, step) => expect(Math.abs(loss - stock[step])).toBeLessThan(1e-6 * (step + 4)));
    }
  });

  it('leaves nothing behind in 10,000 steps: tensors, allocations and heap stay as after the first', async () => {
    const installed = await installWasmKernels();
    const { wasm } = tf.backend() as unknown as WasmBackend;
    const { _malloc, _free } = wasm;
    let open = 0;
    wasm._malloc = (bytes) => (open++, _malloc(bytes));
    wasm._free = (address) => (open--, _free(address));
    const [weight, bias] = [tf.variable(tf.ones([3, 4])), tf.variable(tf.ones([4]))];
    const x = tf.tensor2d(drawn([6, 3], 1), [6, 3]);
    const optimizer = tf.train.sgd(1e-4);
    const step = () => {
      optimizer.minimize(() => tf.mean(gelu(linear(x, weight as tf.Tensor2D, bias as tf.Tensor1D))) as tf.Scalar);
    };
    try {
      step();
      const [tensors, held, heap] = [
        tf.memory().numTensors,
        open,
        (wasm.asm.memory ?? wasm.wasmMemory)!.buffer.byteLength,
      ];
      for (let i = 0; i < 10_000; i++) step();
      expect(tf.memory().numTensors).toBe(tensors);
      expect(open).toBe(held);
      expect((wasm.asm.memory ?? wasm.wasmMemory)!.buffer.byteLength).toBe(heap);
    } finally {
      Object.assign(wasm, { _malloc, _free });
      installed.uninstall();
      optimizer.dispose();
      tf.dispose([weight, bias, x]);
    }
  });
});
