import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-cpu';
import { callWithNonsense, type SoundCall } from '@diptych/test-utils/nonsense';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import * as ops from './index.ts';
import * as wasm from './wasm/index.ts';

/** What is exchanged whole, not field by field. */
const whole = <T extends object>(of: T): T => Object.assign(Object.create({}) as object, of) as T;

const ones = (...shape: number[]) => tf.ones(shape);
const image = Float32Array.of(1, 2, 3, 4);
const kernel = () => whole({ support: 1, weight: (x: number) => Math.max(0, 1 - Math.abs(x)) });
const op = () => whole({ name: 'DiptychNone' });
const optional = (...places: number[]) => Object.fromEntries(places.map((at) => [`${at}: null`, 'none of it']));

type Args = () => unknown[];

const calls: Record<string, Args | Omit<SoundCall, 'name' | 'run'>> = {
  attention: () => [ones(1, 2, 6), { heads: 2 }],
  conv2d: {
    args: () => [ones(1, 3, 3, 1), ones(3, 3, 1, 2), ones(2), { strides: [1, 1], padding: 'same' }],
    takes: optional(2),
  },
  crossEntropy: () => [ones(1, 2), ones(1, 2)],
  cubicKernel: () => [-0.5],
  embeddingLookup: () => [ones(2, 3), tf.tensor1d([0, 1], 'int32')],
  fused: () => [op(), whole({ x: ones(1) }), whole({}), () => ones(1)],
  fusedAll: () => [op(), whole({ x: ones(1) }), whole({}), () => [ones(1)]],
  gatedAdd: () => [ones(1, 2, 3), ones(1, 2, 3), ones(1, 3)],
  gelu: () => [ones(2)],
  geluTanh: () => [ones(2)],
  groupNorm: { args: () => [ones(1, 2, 4), ones(4), ones(4), { groups: 2, epsilon: 1e-5 }], takes: optional(1, 2) },
  hasFused: () => [op()],
  layerNorm: { args: () => [ones(1, 4), ones(4), ones(4), { epsilon: 1e-5 }], takes: optional(1, 2) },
  linear: {
    args: () => [ones(1, 2), ones(2, 3), ones(3), { activation: (x: tf.Tensor) => tf.relu(x), residual: ones(1, 3) }],
    takes: optional(2),
  },
  meanPool: () => [ones(1, 2, 3)],
  modulate: { args: () => [ones(1, 2, 3), ones(1, 3), ones(1, 3)], takes: optional(2) },
  mpSilu: () => [ones(2)],
  patchify: () => [ones(1, 4, 4, 1), 2],
  pickBackend: () => [
    { force: 'cpu', prefer: ['cpu'], loaders: whole({}), onTry: () => {}, env: whole({ DIPTYCH_BACKEND: 'cpu' }) },
  ],
  pillowResize: () => [kernel()],
  quickGelu: () => [ones(2)],
  resizeImage: () => [image, [2, 2, 1], [1, 1], ops.pillowResize(kernel())],
  resizeLevels: () => [Uint8Array.from(image), [2, 2, 1], [1, 1], ops.pillowResize(kernel())],
  rmsNorm: () => [ones(1, 4), ones(4), { epsilon: 1e-5 }],
  scaledDotProductAttention: () => [ones(1, 1, 2, 3), ones(1, 1, 2, 3), ones(1, 1, 2, 3)],
  silu: () => [ones(2)],
  sinCosPositions2d: () => [[2, 2], 8, { extraTokens: 1, scale: 1, maxPeriod: 100 }],
  sinusoidalEmbedding: () => [[1], 8, { maxPeriod: 100, endpoint: true, sinFirst: true }],
  stopGradient: () => [ones(2)],
  swiGlu: () => [ones(1, 4)],
  tf1Resize: () => [kernel()],
  torchResize: () => [kernel()],
  unpatchify: () => [ones(1, 4, 4), 2, [4, 4, 1]],
  withValues: () => {
    const variable = tf.variable(ones(2));
    return [whole({ a: variable }), whole({ a: ones(2) }), () => 1];
  },
  withoutGradient: () => [() => ones(1)],
  installWasmKernels: () => [{ instructionSet: 'simd', wide: false, threads: 1 }],
};

describe('nonsense in place of arguments', () => {
  beforeAll(() => tf.setBackend('cpu'));

  const functions = Object.entries({ ...ops, ...wasm }).filter(([, of]) => typeof of === 'function');

  it('every function is called', () => {
    expect(Object.keys(calls).sort()).toEqual(functions.map(([name]) => name).sort());
  });

  it.each(functions)('%s refuses it with an error of ours and leaves no tensor', async (name, run) => {
    const call = calls[name];
    const { faults } = await callWithNonsense([
      { name, run: run as never, ...(typeof call === 'function' ? { args: call } : call) },
    ]);
    expect(faults).toEqual([]);
  });
});
