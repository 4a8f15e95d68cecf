import * as tf from '@tensorflow/tfjs-core';
import { gradCheck, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attention,
  conv2d,
  crossEntropy,
  embeddingLookup,
  gatedAdd,
  gelu,
  geluTanh,
  groupNorm,
  layerNorm,
  linear,
  meanPool,
  modulate,
  mpSilu,
  patchify,
  quickGelu,
  rmsNorm,
  scaledDotProductAttention,
  silu,
  sinusoidalEmbedding,
  stopGradient,
  swiGlu,
  unpatchify,
} from './index.ts';
import * as publicApi from './index.ts';
import { installWasmKernels, type InstalledWasmKernels } from './wasm/index.ts';

interface Row {
  op: keyof typeof publicApi;
  variant?: string;
  f: (...inputs: tf.Tensor[]) => tf.Tensor;
  shapes: number[][];
}

/** Every differentiable op, with sizes that no kernel has an even number of lanes for. */
const matrix: readonly Row[] = [
  { op: 'linear', f: (x, k, b) => linear(x, as<tf.Tensor2D>(k), as<tf.Tensor1D>(b)), shapes: [[3, 5, 7], [7, 9], [9]] },
  {
    op: 'linear',
    variant: 'no bias',
    f: (x, k) => linear(x, as<tf.Tensor2D>(k)),
    shapes: [
      [5, 7],
      [7, 3],
    ],
  },
  {
    op: 'linear',
    variant: 'activation and residual',
    f: (x, k, b, residual) => linear(x, as<tf.Tensor2D>(k), as<tf.Tensor1D>(b), { activation: gelu, residual }),
    shapes: [[3, 5, 7], [7, 9], [9], [3, 5, 9]],
  },
  { op: 'conv2d', f: (x, k, b) => conv2d(as(x), as(k), as<tf.Tensor1D>(b)), shapes: [[2, 5, 4, 3], [3, 3, 3, 5], [5]] },
  {
    op: 'conv2d',
    variant: 'stride 2, padding 1',
    f: (x, k) => conv2d(as(x), as(k), null, { strides: 2, padding: 1 }),
    shapes: [
      [2, 5, 6, 2],
      [3, 3, 2, 3],
    ],
  },
  {
    op: 'conv2d',
    variant: '1x1',
    f: (x, k, b) => conv2d(as(x), as(k), as<tf.Tensor1D>(b)),
    shapes: [[2, 3, 4, 3], [1, 1, 3, 5], [5]],
  },
  { op: 'attention', f: (qkv) => attention(as(qkv), { heads: 2 }), shapes: [[2, 5, 18]] },
  {
    op: 'scaledDotProductAttention',
    f: (q, k, v) => scaledDotProductAttention(as(q), as(k), as(v)),
    shapes: [
      [2, 3, 4, 5],
      [2, 3, 7, 5],
      [2, 3, 7, 3],
    ],
  },
  {
    op: 'layerNorm',
    f: (x, g, b) => layerNorm(x, as<tf.Tensor1D>(g), as<tf.Tensor1D>(b), { epsilon: 0.01 }),
    shapes: [[3, 5, 7], [7], [7]],
  },
  { op: 'layerNorm', variant: 'plain', f: (x) => layerNorm(x, null, null, { epsilon: 0.01 }), shapes: [[3, 7]] },
  {
    op: 'groupNorm',
    f: (x, g, b) => groupNorm(x, as<tf.Tensor1D>(g), as<tf.Tensor1D>(b), { groups: 2, epsilon: 0.01 }),
    shapes: [[2, 3, 5, 6], [6], [6]],
  },
  {
    op: 'rmsNorm',
    f: (x, g) => rmsNorm(x, as<tf.Tensor1D>(g), { epsilon: 0.01 }),
    shapes: [[3, 5, 7], [7]],
  },
  {
    op: 'modulate',
    f: (x, scale, shift) => modulate(as(x), as(scale), as<tf.Tensor2D>(shift)),
    shapes: [
      [2, 3, 7],
      [2, 7],
      [2, 7],
    ],
  },
  {
    op: 'modulate',
    variant: 'no shift',
    f: (x, scale) => modulate(as(x), as(scale)),
    shapes: [
      [2, 3, 7],
      [2, 7],
    ],
  },
  {
    op: 'gatedAdd',
    f: (x, y, gate) => gatedAdd(as(x), as(y), as(gate)),
    shapes: [
      [2, 3, 7],
      [2, 3, 7],
      [2, 7],
    ],
  },
  {
    op: 'crossEntropy',
    f: (p, x) => crossEntropy(p, x),
    shapes: [
      [3, 7],
      [3, 7],
    ],
  },
  { op: 'swiGlu', f: swiGlu, shapes: [[3, 5, 14]] },
  { op: 'gelu', f: gelu, shapes: [[3, 7]] },
  { op: 'geluTanh', f: geluTanh, shapes: [[3, 7]] },
  { op: 'quickGelu', f: quickGelu, shapes: [[3, 7]] },
  { op: 'silu', f: silu, shapes: [[3, 7]] },
  { op: 'mpSilu', f: mpSilu, shapes: [[3, 7]] },
  { op: 'sinusoidalEmbedding', f: (t) => sinusoidalEmbedding(as<tf.Tensor1D>(t), 7), shapes: [[5]] },
  {
    op: 'embeddingLookup',
    f: (table) => embeddingLookup(as(table), tf.tensor1d([2, 0, 2], 'int32')),
    shapes: [[3, 5]],
  },
  { op: 'patchify', f: (x) => patchify(as(x), 2), shapes: [[2, 4, 6, 3]] },
  { op: 'unpatchify', f: (x) => unpatchify(as(x), 2, [4, 6, 3]), shapes: [[2, 6, 12]] },
  { op: 'meanPool', f: meanPool, shapes: [[2, 3, 2, 5]] },
  { op: 'stopGradient', f: (x) => tf.mul(x, stopGradient(tf.ones([3]))), shapes: [[2, 3]] },
];

const titled = matrix.map((row) => [row.variant ? `${row.op}, ${row.variant}` : row.op, row] as const);

const as = <T extends tf.Tensor = tf.Tensor4D & tf.Tensor3D & tf.Tensor2D>(x: tf.Tensor) => x as T;
const inputsOf = ({ shapes }: Row) => shapes.map((shape, i) => tensorOf(shape, i + 1, { scale: 1.5 }));

async function valueAndGradients(row: Row): Promise<Float32Array[]> {
  const tensors = tf.tidy(() => {
    const inputs = inputsOf(row);
    const value = row.f(...inputs);
    return [value, ...tf.grads(row.f)(inputs, tensorOf(value.shape, 99))];
  });
  const values = await Promise.all(tensors.map((t) => t.data<'float32'>()));
  tf.dispose(tensors);
  return values;
}

const suite = () => {
  it.each(titled)('%s runs forward and backward as on plain JS', async (_, row) => {
    const here = await valueAndGradients(row);
    const backend = tf.getBackend();
    await tf.setBackend('cpu');
    const there = await valueAndGradients(row);
    await tf.setBackend(backend);
    expect(here.length).toBe(1 + row.shapes.length);
    here.forEach((values, i) => expect(relativeError(values, there[i])).toBeLessThan(2e-5));
  });

  it.each(titled)('%s has the gradient of finite differences', async (_, row) => {
    expect((await gradCheck(row.f, inputsOf(row), { samples: 12 })).error).toBeLessThan(1e-3);
  });
};

onEachBackend('op x backend', suite);

describe('with the kernels of @diptych/ops/wasm', () => {
  let installed: InstalledWasmKernels;
  beforeAll(async () => {
    await tf.setBackend('wasm');
    installed = await installWasmKernels();
  });
  afterAll(() => installed.uninstall());
  onEachBackend('op x backend', suite, ['wasm']);
});

describe('the matrix', () => {
  it('has a row for every public function of tensors', () => {
    const notDifferentiable = [
      'check',
      'DiptychError',
      'fused',
      'fusedAll',
      'hasFused',
      'pickBackend',
      'sinCosPositions2d',
      'withoutGradient',
      'withValues',
    ];
    const kernels = ['boxKernel', 'cubicKernel', 'lanczos3Kernel', 'triangleKernel'];
    const resizing = [...kernels, 'pillowResize', 'tf1Resize', 'torchResize'];
    const onTheHost = [...resizing, 'resizeImage', 'resizeLevels'];
    const expected = Object.keys(publicApi).filter((name) => ![...notDifferentiable, ...onTheHost].includes(name));
    expect([...new Set(matrix.map(({ op }) => op))].sort()).toEqual(expected.sort());
  });
});
