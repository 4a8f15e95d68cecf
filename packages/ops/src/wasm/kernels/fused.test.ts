import { agrees, drawn, guardOutputs, guardScratch, kernelBuilds } from '@diptych/test-utils/wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { gelu } from '../../activations/gelu.ts';
import { geluTanh } from '../../activations/gelu-tanh.ts';
import { silu } from '../../activations/silu.ts';
import { swiGlu } from '../../activations/swi-glu.ts';
import { attention } from '../../attention/attention.ts';
import { scaledDotProductAttention } from '../../attention/scaled-dot-product-attention.ts';
import { conv2d } from '../../convolution/conv2d.ts';
import { crossEntropy } from '../../cross-entropy/cross-entropy.ts';
import { linear } from '../../linear/linear.ts';
import { gatedAdd } from '../../modulation/gated-add.ts';
import { modulate } from '../../modulation/modulate.ts';
import { groupNorm } from '../../norm/group-norm.ts';
import { layerNorm } from '../../norm/layer-norm.ts';
import { rmsNorm } from '../../norm/rms-norm.ts';
import { BackendMemory } from '../backend-memory.ts';
import { installWasmKernels } from '../index.ts';
import type * as Parts from '../threads/parts.ts';

// Parts so small that tensors of any size are shared out.
vi.mock('../threads/parts.ts', async (original) => {
  const { parts } = await original<typeof Parts>();
  return { parts: (count: number, cost: number, step?: number) => parts(count, 1000 * cost, step) };
});

guardScratch(BackendMemory);
guardOutputs(BackendMemory);

const size = (max: number) => fc.oneof(fc.integer({ min: 1, max }), fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9));
const seed = fc.integer({ min: 1, max: 1e6 });
const runs = { numRuns: 8 };

describe.each(kernelBuilds)(
  'fused kernels agree with the composed ops, $instructionSet build on $threads threads',
  (build) => {
    beforeAll(async () => {
      expect((await installWasmKernels(build)).threads).toBe(build.threads);
      await tf.setBackend('wasm');
    });
    afterAll(async () => (await installWasmKernels(build)).uninstall());

    it('linear', async () => {
      await fc.assert(
        fc.asyncProperty(
          size(40),
          size(40),
          size(40),
          fc.constantFrom(0, 1),
          seed,
          async (rows, width, out, images, seed) => {
            const shapes = [[images, rows, width], [width, out], [out]];
            const op = (x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) =>
              linear(x, kernel as tf.Tensor2D, bias as tf.Tensor1D);
            await agrees(op as never, { kernels: ['DiptychLinear'], shapes, seed, tolerance: 4e-6 });
          },
        ),
        runs,
      );
    });

    const steps = fc.record({
      activation: fc.constantFrom(undefined, gelu, geluTanh, silu),
      isBiased: fc.boolean(),
      isResidual: fc.boolean(),
    });
    const activated =
      (isBiased: boolean, isResidual: boolean, activation?: (x: tf.Tensor) => tf.Tensor) =>
      (x: tf.Tensor, kernel: tf.Tensor, ...rest: tf.Tensor[]) => {
        const bias = isBiased ? (rest[0] as tf.Tensor1D) : null;
        return linear(x, kernel as tf.Tensor2D, bias, { activation, residual: isResidual ? rest.at(-1) : undefined });
      };

    it('linear with an activation and a residual, of no image too', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.tuple(size(40), size(40), size(40), fc.constantFrom(0, 1, 2)),
          steps,
          seed,
          async ([rows, width, out, images], { activation, isBiased, isResidual }, seed) => {
            fc.pre(isResidual || activation !== undefined);
            const shapes = [
              [images, rows, width],
              [width, out],
            ];
            if (isBiased) shapes.push([out]);
            if (isResidual) shapes.push([images, rows, out]);
            const op = activated(isBiased, isResidual, activation as (x: tf.Tensor) => tf.Tensor);
            await agrees(op, { kernels: ['DiptychActivatedLinear'], shapes, seed, tolerance: 8e-6 });
          },
        ),
        { numRuns: 16 },
      );
    });

    it('linear with an activation and a residual, of several blocks of rows', async () => {
      const shapes = [[1211, 9], [9, 331], [331], [1211, 331]];
      for (const activation of [gelu, undefined]) {
        const op = activated(true, true, activation as (x: tf.Tensor) => tf.Tensor);
        await agrees(op, { kernels: ['DiptychActivatedLinear'], shapes, tolerance: 8e-6 });
      }
    });

    it.each([
      ['Gelu', gelu],
      ['GeluTanh', geluTanh],
      ['Silu', silu],
    ] as const)('%s', async (name, op) => {
      await fc.assert(
        fc.asyncProperty(fc.array(size(13), { minLength: 1, maxLength: 3 }), seed, async (shape, seed) => {
          const wide = (x: tf.Tensor) => op(tf.mul(x, 3));
          await agrees(wide, {
            kernels: [`Diptych${name}`, `Diptych${name}Grad`],
            shapes: [shape],
            seed,
            tolerance: 6e-6,
          });
        }),
        runs,
      );
    });

    it.each([
      ['Gelu', gelu],
      ['GeluTanh', geluTanh],
      ['Silu', silu],
    ] as const)('%s of huge, infinite and undefined numbers', async (_, op) => {
      const x = tf.tensor1d([-200, -100, 100, 200, Infinity, NaN, 0]);
      const y = op(x);
      const [a, b, c, d, infinite, undefinedOne, zero] = await y.data();
      expect(Math.abs(a) + Math.abs(b)).toBeLessThan(1e-30);
      expect([c, d, infinite, undefinedOne, zero]).toEqual([100, 200, Infinity, NaN, 0]);
      tf.dispose([x, y]);
    });

    it('layer norm with and without weights', async () => {
      await fc.assert(
        fc.asyncProperty(
          size(30),
          size(70),
          fc.constantFrom('both', 'gamma', 'beta', 'none'),
          seed,
          async (rows, width, weights, seed) => {
            const has = (name: string) => weights === 'both' || weights === name;
            const shapes = [[rows, width], ...(has('gamma') ? [[width]] : []), ...(has('beta') ? [[width]] : [])];
            const op = (x: tf.Tensor, ...rest: tf.Tensor[]) => {
              const gamma = has('gamma') ? (rest.shift() as tf.Tensor1D) : null;
              const beta = has('beta') ? (rest.shift() as tf.Tensor1D) : null;
              return layerNorm(x, gamma, beta, { epsilon: 1e-2 });
            };
            const name = weights === 'none' ? 'DiptychNormalize' : 'DiptychLayerNorm';
            await agrees(op, { kernels: [name, `${name}Grad`], shapes, seed, tolerance: 1e-5 });
          },
        ),
        runs,
      );
    });

    it('rms norm', async () => {
      await fc.assert(
        fc.asyncProperty(size(30), size(70), seed, async (rows, width, seed) => {
          const kernels = ['DiptychRmsNorm', 'DiptychRmsNormGrad'];
          const op = (x: tf.Tensor, gamma: tf.Tensor) => rmsNorm(x, gamma as tf.Tensor1D, { epsilon: 1e-2 });
          await agrees(op as never, { kernels, shapes: [[rows, width], [width]], seed, tolerance: 1e-5 });
        }),
        runs,
      );
    });

    it('group norm', async () => {
      await fc.assert(
        fc.asyncProperty(size(3), size(5), size(5), size(5), size(6), seed, async (batch, h, w, groups, each, seed) => {
          const kernels = ['DiptychGroupNorm', 'DiptychGroupNormGrad'];
          const channels = groups * each;
          const op = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
            groupNorm(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, { groups, epsilon: 1e-2 });
          const shapes = [[batch, h, w, channels], [channels], [channels]];
          await agrees(op as never, { kernels, shapes, seed, tolerance: 1e-5 });
        }),
        runs,
      );
    });

    it('modulation, with and without a shift', async () => {
      await fc.assert(
        fc.asyncProperty(
          size(4),
          size(9),
          size(20),
          fc.boolean(),
          seed,
          async (batch, tokens, width, shifted, seed) => {
            const kernels = ['DiptychModulate', 'DiptychModulateGrad'];
            const shapes = [[batch, tokens, width], [batch, width], ...(shifted ? [[batch, width]] : [])];
            await agrees(modulate as never, { kernels, shapes, seed, tolerance: 4e-6 });
          },
        ),
        runs,
      );
    });

    it('gated residuals', async () => {
      await fc.assert(
        fc.asyncProperty(size(4), size(9), size(20), seed, async (batch, tokens, width, seed) => {
          const shape = [batch, tokens, width];
          const kernels = ['DiptychGatedAdd', 'DiptychGatedAddGrad'];
          await agrees(gatedAdd as never, { kernels, shapes: [shape, shape, [batch, width]], seed, tolerance: 4e-6 });
        }),
        runs,
      );
    });

    it('SwiGLU', async () => {
      await fc.assert(
        fc.asyncProperty(size(9), size(20), seed, async (rows, width, seed) => {
          const kernels = ['DiptychSwiGlu', 'DiptychSwiGluGrad'];
          await agrees(swiGlu as never, { kernels, shapes: [[rows, 2 * width]], seed, tolerance: 4e-6 });
        }),
        runs,
      );
    });

    it('cross-entropy', async () => {
      await fc.assert(
        fc.asyncProperty(size(9), size(40), seed, async (rows, width, seed) => {
          const kernels = ['DiptychCrossEntropy', 'DiptychCrossEntropyGrad'];
          const op = (p: tf.Tensor, x: tf.Tensor) => crossEntropy(p, tf.mul(x, 3));
          await agrees(op as never, {
            kernels,
            shapes: [
              [rows, width],
              [rows, width],
            ],
            seed,
            tolerance: 4e-6,
          });
        }),
        runs,
      );
    });

    it('convolutions with any padding and stride, with and without a bias, also of no image', async () => {
      const sides = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }));
      const geometry = fc.record({
        batch: fc.integer({ min: 0, max: 3 }),
        image: fc.tuple(size(9), size(9)),
        window: fc.tuple(size(4), size(4)),
        channels: size(30),
        out: size(30),
        strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        padding: fc.oneof(fc.constant('same' as const), fc.tuple(sides, sides)),
        isBiased: fc.boolean(),
        seed,
      });
      await fc.assert(
        fc.asyncProperty(
          geometry,
          async ({ batch, image, window, channels, out, strides, padding, isBiased, seed }) => {
            const reach = (axis: 0 | 1) => image[axis] + (padding === 'same' ? 9 : padding[axis][0] + padding[axis][1]);
            fc.pre(reach(0) >= window[0] && reach(1) >= window[1]);
            fc.pre(
              [...window, ...strides].some((n) => n > 1) || (padding !== 'same' && padding.flat().some((n) => n > 0)),
            );
            const shapes = [[batch, ...image, channels], [...window, channels, out], ...(isBiased ? [[out]] : [])];
            const op = (x: tf.Tensor, kernel: tf.Tensor, bias?: tf.Tensor) =>
              conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, bias as tf.Tensor1D, { strides, padding });
            const kernels = ['DiptychConv2d', ...(batch ? ['DiptychConv2dImageGrad', 'DiptychConv2dKernelGrad'] : [])];
            await agrees(op as never, { kernels, shapes, seed, tolerance: 8e-6 });
          },
        ),
        { numRuns: 20 },
      );
    });

    it.each([
      [3, 1, 130, 5, 12],
      [3, 2, 7, 140, 17],
      [3, 1, 64, 1030, 2],
    ])(
      'convolutions larger than a block: window %d, stride %d, %d to %d channels',
      async (k, strides, from, to, side) => {
        const shapes = [[1, side, side, from], [k, k, from, to], [to]];
        const op = (x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) =>
          conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, bias as tf.Tensor1D, { strides });
        await agrees(op as never, { kernels: ['DiptychConv2d'], shapes, tolerance: 8e-6 });
      },
    );

    const of =
      <T extends unknown[]>(op: (...inputs: T) => tf.Tensor) =>
      (...inputs: tf.Tensor[]) =>
        op(...(inputs as T));
    it.each<[string, (...inputs: tf.Tensor[]) => tf.Tensor, number[][]]>([
      ['linear', of(linear), [[0, 3, 4], [4, 5], [5]]],
      [
        'conv2d',
        of((x: tf.Tensor4D, kernel: tf.Tensor4D) => conv2d(x, kernel)),
        [
          [0, 5, 4, 2],
          [3, 3, 2, 3],
        ],
      ],
      ['attention', of((qkv: tf.Tensor3D) => attention(qkv, { heads: 2 })), [[0, 5, 12]]],
      [
        'scaledDotProductAttention',
        of(scaledDotProductAttention),
        [
          [0, 2, 3, 4],
          [0, 2, 5, 4],
          [0, 2, 5, 4],
        ],
      ],
      ['layerNorm', of((x: tf.Tensor, a: tf.Tensor1D, b: tf.Tensor1D) => layerNorm(x, a, b)), [[0, 3, 4], [4], [4]]],
      ['rmsNorm', of((x: tf.Tensor, a: tf.Tensor1D) => rmsNorm(x, a)), [[0, 3, 4], [4]]],
      [
        'groupNorm',
        of((x: tf.Tensor4D, a: tf.Tensor1D, b: tf.Tensor1D) => groupNorm(x, a, b, { groups: 2 })),
        [[0, 3, 3, 4], [4], [4]],
      ],
      [
        'modulate',
        of(modulate),
        [
          [0, 3, 4],
          [0, 4],
          [0, 4],
        ],
      ],
      [
        'gatedAdd',
        of(gatedAdd),
        [
          [0, 3, 4],
          [0, 3, 4],
          [0, 4],
        ],
      ],
      ['swiGlu', of(swiGlu), [[0, 3, 8]]],
      ['gelu', of(gelu), [[0, 3]]],
    ])('%s of no image has an empty result, and gradients of zeros for what is shared', async (_, op, shapes) => {
      const inputs = shapes.map((shape, i) => tf.tensor(drawn(shape, i + 1), shape));
      const y = op(...inputs);
      expect(y.size).toBe(0);
      const gradients = tf.grads(op)(inputs, tf.zeros(y.shape));
      expect(gradients.map(({ shape }) => shape)).toEqual(shapes);
      for (const gradient of gradients) expect(Array.from(await gradient.data())).toEqual(Array(gradient.size).fill(0));
      tf.dispose([inputs, gradients, y]);
    });

    it('AdamW', async () => {
      await fc.assert(
        fc.asyncProperty(size(40), size(9), fc.boolean(), seed, async (n, count, clips, seed) => {
          const names = ['parameters', 'gradient', 'firstMoment', 'secondMoment'];
          const hosts = names.map((_, index) => drawn([n], seed + index));
          hosts[3] = hosts[3].map(Math.abs);
          const settings = { rate: 1e-2, decay: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-3, count };
          const inputs = Object.fromEntries(names.map((name, index) => [name, tf.tensor1d(hosts[index])]));
          if (clips) inputs.factor = tf.scalar(0.25) as tf.Tensor as tf.Tensor1D;
          const results = tf.engine().runKernel('DiptychAdamW', inputs, settings) as unknown as tf.Tensor[];
          const got = await Promise.all(results.map((result) => result.data()));
          const [x, raw, m, v] = hosts;
          const g = raw.map((value) => value * (clips ? 0.25 : 1));
          for (let i = 0; i < n; i++) {
            const first = 0.9 * m[i] + 0.1 * g[i];
            const second = 0.999 * v[i] + 0.001 * g[i] ** 2;
            const change = first / (1 - 0.9 ** count) / (Math.sqrt(second / (1 - 0.999 ** count)) + 1e-3);
            expect(got[0][i]).toBeCloseTo(x[i] * (1 - 1e-3) - 1e-2 * change, 5);
            expect(got[1][i]).toBeCloseTo(first, 5);
            expect(got[2][i]).toBeCloseTo(second, 5);
          }
          tf.dispose([inputs, results]);
        }),
        runs,
      );
    });

    it('sums of squares, of nothing and of undefined numbers too', async () => {
      const op = (x: tf.Tensor) => tf.engine().runKernel<tf.Tensor>('DiptychSumOfSquares', { x }, {});
      const result = async (values: Float32Array | number[], shape: number[]) => {
        const x = tf.tensor(values, shape);
        const y = op(x);
        const [sum] = await y.data();
        expect(y.shape).toEqual([]);
        tf.dispose([x, y]);
        return sum;
      };
      await fc.assert(
        fc.asyncProperty(fc.oneof(size(40), size(20000)), seed, async (n, seed) => {
          const host = drawn([n], seed);
          const want = host.reduce((sum, value) => sum + value ** 2, 0);
          expect(Math.abs((await result(host, [n, 1])) / want - 1)).toBeLessThan(2e-6);
        }),
        runs,
      );
      expect(await result([], [0])).toBe(0);
      expect(await result([1, NaN, 2], [3])).toBeNaN();
      expect(await result([1, -Infinity], [2])).toBe(Infinity);
    });

    it('moving averages', async () => {
      await fc.assert(
        fc.asyncProperty(size(70), fc.constantFrom(0.1, 0.9, 0.9999), seed, async (n, decay, seed) => {
          const op = (average: tf.Tensor, values: tf.Tensor) =>
            tf.engine().runKernel<tf.Tensor>('DiptychEma', { average, values }, { decay });
          const [a, x] = [drawn([n], seed), drawn([n], seed + 1)];
          const [average, values] = [tf.tensor1d(a), tf.tensor1d(x)];
          const next = op(average, values);
          (await next.data()).forEach((got, i) => expect(got).toBeCloseTo(a[i] + (1 - decay) * (x[i] - a[i]), 6));
          tf.dispose([average, values, next]);
        }),
        runs,
      );
    });

    it('attention on a packed projection', async () => {
      await fc.assert(
        fc.asyncProperty(size(3), size(70), size(4), size(20), seed, async (batch, tokens, heads, d, seed) => {
          const kernels = ['DiptychAttention', 'DiptychAttentionGrad'];
          const op = (qkv: tf.Tensor) => attention(tf.mul(qkv, 2) as tf.Tensor3D, { heads });
          await agrees(op, { kernels, shapes: [[batch, tokens, 3 * heads * d]], seed, tolerance: 1e-5 });
        }),
        runs,
      );
    });

    it('attention of heads apart, with other keys than queries', async () => {
      await fc.assert(
        fc.asyncProperty(
          size(2),
          size(3),
          size(40),
          size(40),
          size(12),
          size(12),
          seed,
          async (batch, heads, n, m, d, e, seed) => {
            const kernels = ['DiptychScaledDotProductAttention', 'DiptychScaledDotProductAttentionGrad'];
            const shapes = [
              [batch, heads, n, d],
              [batch, heads, m, d],
              [batch, heads, m, e],
            ];
            const op = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) =>
              scaledDotProductAttention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D);
            await agrees(op as never, { kernels, shapes, seed, tolerance: 1e-5 });
          },
        ),
        runs,
      );
    });

    it('attention over so many tokens that the gradient goes in chunks, and never holds the weights', async () => {
      const tokens = 1111;
      const op = (qkv: tf.Tensor) => attention(qkv as tf.Tensor3D, { heads: 1 });
      await agrees(op, { kernels: ['DiptychAttentionGrad'], shapes: [[1, tokens, 3 * 5]], tolerance: 1e-5 });
    });
  },
);
