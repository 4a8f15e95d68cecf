import * as tf from '@tensorflow/tfjs-core';
import { leakOf, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gelu, geluOp } from '../activations/gelu.ts';
import { attention, attentionGradOp, attentionOp, packedAttention } from '../attention/attention.ts';
import {
  composedAttention,
  scaledDotProductAttentionGradOp,
  scaledDotProductAttentionOp,
} from '../attention/composed-attention.ts';
import { scaledDotProductAttention } from '../attention/scaled-dot-product-attention.ts';
import { composedConv2d } from '../convolution/composed-conv2d.ts';
import {
  columnsToImageOp,
  composedColumnsToImage,
  composedImageToColumns,
  imageToColumnsOp,
} from '../convolution/image-to-columns.ts';
import { slidingWindow } from '../convolution/window.ts';
import { linear, linearOp } from '../linear/linear.ts';
import {
  composedLayerNorm,
  layerNormGradOp,
  layerNormOp,
  normalizeGradOp,
  normalizeOp,
} from '../norm/composed-layer-norm.ts';
import { layerNorm } from '../norm/layer-norm.ts';
import { fused, hasFused, type FusedOp } from './dispatch.ts';

type Named = Record<string, tf.Tensor>;
type Kernel = (inputs: Named, attributes: tf.NamedAttrMap) => tf.Tensor[];

/** Registers kernels that follow the contract of their ops, made of plain tfjs ops, and counts their calls. */
function kernelsFor(backendName: string, kernels: readonly (readonly [FusedOp, Kernel])[]) {
  const calls: string[] = [];
  for (const [{ name }, kernel] of kernels) {
    const kernelFunc = ({ inputs, attrs }: { inputs: unknown; attrs?: tf.NamedAttrMap }) => {
      calls.push(name);
      return tf.tidy(() => kernel(inputs as Named, attrs ?? {}));
    };
    tf.registerKernel({ kernelName: name, backendName, kernelFunc: kernelFunc as tf.KernelFunc });
  }
  return { calls, remove: () => kernels.forEach(([{ name }]) => tf.unregisterKernel(name, backendName)) };
}

const moments = (x: tf.Tensor, epsilon: number) => {
  const mean = tf.mean(x, 1, true);
  const rstd = tf.rsqrt(tf.add(tf.mean(tf.squaredDifference(x, mean), 1, true), epsilon));
  return { mean, rstd, z: tf.mul(tf.sub(x, mean), rstd) };
};
const logits = (q: tf.Tensor, k: tf.Tensor) => tf.div(tf.matMul(q, k, false, true), Math.sqrt(q.shape[3] as number));
const zGradient = (dz: tf.Tensor, z: tf.Tensor, rstd: tf.Tensor) =>
  tf.mul(rstd, tf.sub(tf.sub(dz, tf.mean(dz, 1, true)), tf.mul(z, tf.mean(tf.mul(dz, z), 1, true))));

const forwardKernels: readonly (readonly [FusedOp, Kernel])[] = [
  [linearOp, ({ x, kernel, bias }) => [tf.add(tf.matMul(x, kernel), bias)]],
  [
    layerNormOp,
    ({ x, gamma, beta }, { epsilon }) => {
      const { mean, rstd, z } = moments(x, epsilon as number);
      return [tf.add(tf.mul(z, gamma), beta), mean, rstd];
    },
  ],
  [
    normalizeOp,
    ({ x }, { epsilon }) => {
      const { mean, rstd, z } = moments(x, epsilon as number);
      return [z, mean, rstd];
    },
  ],
  [geluOp.op, ({ x }) => [tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1))]],
  [
    scaledDotProductAttentionOp,
    ({ q, k, v }) => [tf.matMul(tf.softmax(logits(q, k)), v), tf.logSumExp(logits(q, k), 3, true)],
  ],
  [imageToColumnsOp, ({ x }, a) => [composedImageToColumns(x as tf.Tensor4D, windowOf(a))]],
];

const gradientKernels: readonly (readonly [FusedOp, Kernel])[] = [
  [
    layerNormGradOp,
    ({ dy, x, mean, rstd, gamma }) => {
      const z = tf.mul(tf.sub(x, mean), rstd);
      return [zGradient(tf.mul(dy, gamma), z, rstd), tf.sum(tf.mul(dy, z), 0), tf.sum(dy, 0)];
    },
  ],
  [normalizeGradOp, ({ dy, x, mean, rstd }) => [zGradient(dy, tf.mul(tf.sub(x, mean), rstd), rstd)]],
  [
    geluOp.gradOp,
    ({ dy, x }) => {
      const cdf = tf.mul(tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1), 0.5);
      const density = tf.div(tf.exp(tf.div(tf.square(x), -2)), Math.sqrt(2 * Math.PI));
      return [tf.mul(dy, tf.add(cdf, tf.mul(x, density)))];
    },
  ],
  [
    scaledDotProductAttentionGradOp,
    ({ dy, q, k, v, o, logSumExp }) => {
      const p = tf.exp(tf.sub(logits(q, k), logSumExp));
      const ds = tf.mul(p, tf.sub(tf.matMul(dy, v, false, true), tf.sum(tf.mul(dy, o), 3, true)));
      const scale = Math.sqrt(q.shape[3] as number);
      return [tf.div(tf.matMul(ds, k), scale), tf.div(tf.matMul(ds, q, true), scale), tf.matMul(p, dy, true)];
    },
  ],
  [
    columnsToImageOp,
    ({ columns }, a) => [
      composedColumnsToImage(columns as tf.Tensor2D, a['shape'] as [number, number, number, number], windowOf(a)),
    ],
  ],
];

const windowOf = ({ kernel, strides, padding, output }: tf.NamedAttrMap) => {
  const [top, bottom, left, right] = padding as number[];
  const pair = (value: unknown) => value as [number, number];
  return {
    kernel: pair(kernel),
    strides: pair(strides),
    output: pair(output),
    padding: [
      [top, bottom],
      [left, right],
    ] as [[number, number], [number, number]],
  };
};

const window = slidingWindow('test', [5, 4], [3, 3], 2, 'same');
const cases: { name: string; ops: string[]; f: (...inputs: tf.Tensor[]) => tf.Tensor; inputs: () => tf.Tensor[] }[] = [
  {
    name: 'linear',
    ops: ['DiptychLinear'],
    f: (x, kernel, bias) => linear(x, kernel as tf.Tensor2D, bias as tf.Tensor1D),
    inputs: () => [tensorOf([2, 3, 4], 1), tensorOf([4, 5], 2), tensorOf([5], 3)],
  },
  {
    name: 'layerNorm with scale and shift',
    ops: ['DiptychLayerNorm', 'DiptychLayerNormGrad'],
    f: (x, gamma, beta) => layerNorm(x, gamma as tf.Tensor1D, beta as tf.Tensor1D),
    inputs: () => [tensorOf([2, 3, 5], 1), tensorOf([5], 2), tensorOf([5], 3)],
  },
  {
    name: 'layerNorm with scale alone',
    ops: ['DiptychLayerNorm', 'DiptychLayerNormGrad'],
    f: (x, gamma) => layerNorm(x, gamma as tf.Tensor1D, null),
    inputs: () => [tensorOf([2, 3, 5], 1), tensorOf([5], 2)],
  },
  {
    name: 'layerNorm without',
    ops: ['DiptychNormalize', 'DiptychNormalizeGrad'],
    f: (x) => layerNorm(x, null, null),
    inputs: () => [tensorOf([2, 3, 5], 1)],
  },
  {
    name: 'gelu',
    ops: ['DiptychGelu', 'DiptychGeluGrad'],
    f: gelu,
    inputs: () => [tensorOf([3, 4], 1, { scale: 2 })],
  },
  {
    name: 'scaledDotProductAttention',
    ops: ['DiptychScaledDotProductAttention', 'DiptychScaledDotProductAttentionGrad'],
    f: (q, k, v) => scaledDotProductAttention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D),
    inputs: () => [tensorOf([1, 2, 3, 4], 1), tensorOf([1, 2, 5, 4], 2), tensorOf([1, 2, 5, 3], 3)],
  },
  {
    name: 'attention',
    ops: ['DiptychScaledDotProductAttention', 'DiptychScaledDotProductAttentionGrad'],
    f: (qkv) => attention(qkv as tf.Tensor3D, { heads: 2 }),
    inputs: () => [tensorOf([2, 3, 12], 1)],
  },
  {
    name: 'conv2d, composed',
    ops: ['DiptychImageToColumns', 'DiptychColumnsToImage'],
    f: (x, kernel) => composedConv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, null, window),
    inputs: () => [tensorOf([2, 5, 4, 2], 1), tensorOf([3, 3, 2, 3], 2)],
  },
];

const valueAndGradients = (f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]) =>
  tf.tidy(() => {
    const value = f(...inputs);
    return [value, ...tf.grads(f)(inputs, tensorOf(value.shape, 21))];
  });

onEachBackend('fused()', (backend) => {
  describe.each([
    ['kernels for results and gradients', [...forwardKernels, ...gradientKernels]],
    ['kernels for results alone', forwardKernels],
    ['kernels for gradients alone', gradientKernels],
  ])('with %s', (_, kernels) => {
    let installed: ReturnType<typeof kernelsFor>;
    beforeEach(() => {
      installed = kernelsFor(backend, kernels);
    });
    afterEach(() => installed.remove());

    const has = (name: string) => kernels.some(([op]) => op.name === name);
    // The gradient of attention needs what its forward kernel saves.
    const runs = (name: string) => has(name) && (!name.endsWith('AttentionGrad') || has(name.slice(0, -'Grad'.length)));

    it.each(cases)('$name runs by them and keeps value, gradients and number of tensors', ({ ops, f, inputs }) => {
      const [given, expectedOps] = [inputs(), ops.filter(runs)];
      const actual = valueAndGradients(f, given);
      expect([...new Set(installed.calls)].sort()).toEqual(expectedOps.sort());
      expect(leakOf(() => valueAndGradients(f, given))).toBe(0);
      expect(leakOf(() => f(...given))).toBe(0);
      installed.remove();
      valueAndGradients(f, given).forEach((expected, i) => {
        expect(relativeError(actual[i], expected)).toBeLessThan(1e-5);
      });
      installed = kernelsFor(backend, kernels);
    });
  });

  it('takes second derivatives past the kernels of gradients, which have none', () => {
    const slope = (x: tf.Tensor) => tf.grad((x: tf.Tensor) => layerNorm(x, null, null))(x, tensorOf([2, 5], 8));
    const second = () => tf.grad(slope)(tensorOf([2, 5], 1), tensorOf([2, 5], 9));
    const expected = second();
    const { remove } = kernelsFor(backend, [...forwardKernels, ...gradientKernels]);
    const actual = second();
    remove();
    expect(relativeError(actual, expected)).toBeLessThan(1e-4);
  });

  it('differentiates through a kernel for packed attention, whose gradient needs no kernel', () => {
    const kernel: Kernel = ({ qkv }, { heads }) => {
      const [batch, tokens] = qkv.shape;
      const [q, k] = tf
        .split(qkv, 3, 2)
        .map((x) => tf.transpose(tf.reshape(x, [batch, tokens, heads as number, -1]), [0, 2, 1, 3]));
      return [packedAttention(qkv as tf.Tensor3D, heads as number), tf.logSumExp(logits(q, k), 3)];
    };
    const f = (qkv: tf.Tensor) => attention(qkv as tf.Tensor3D, { heads: 2 });
    const expected = valueAndGradients(f, [tensorOf([2, 3, 12])]);
    const { calls, remove } = kernelsFor(backend, [[attentionOp, kernel]]);
    const actual = valueAndGradients(f, [tensorOf([2, 3, 12])]);
    remove();
    expect(calls).toContain(attentionOp.name);
    actual.forEach((value, i) => expect(relativeError(value, expected[i])).toBeLessThan(1e-5));
    expect(attentionGradOp.gradient).toBeUndefined();
  });

  it('serves this backend alone, and falls back once the kernel is gone', async () => {
    const op: FusedOp = { name: 'DiptychTestOnly' };
    const run = () => fused(op, { x: tf.scalar(1) }, {}, () => tf.scalar(2)).dataSync()[0];
    const { remove } = kernelsFor(backend, [[op, ({ x }) => [tf.add(x, 10)]]]);
    expect([hasFused(op), run()]).toEqual([true, 11]);
    await tf.setBackend(backend === 'cpu' ? 'wasm' : 'cpu');
    expect([hasFused(op), run()]).toEqual([false, 2]);
    await tf.setBackend(backend);
    remove();
    expect([hasFused(op), run()]).toEqual([false, 2]);
  });
});

onEachBackend('composed versions', () => {
  it('give the same whether they are called by name or by the public function', () => {
    const x = tensorOf<tf.Rank.R2>([4, 5]);
    expect(relativeError(layerNorm(x, null, null), composedLayerNorm(x, null, null, 1e-5))).toBeLessThan(1e-6);
    const q = tensorOf<tf.Rank.R4>([1, 2, 3, 4]);
    expect(relativeError(scaledDotProductAttention(q, q, q), composedAttention(q, q, q))).toBeLessThan(1e-6);
  });
});
