import { drawn } from '@diptych/test-utils/wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  attention,
  conv2d,
  crossEntropy,
  gatedAdd,
  gelu,
  geluTanh,
  groupNorm,
  layerNorm,
  linear,
  modulate,
  rmsNorm,
  scaledDotProductAttention,
  silu,
  swiGlu,
} from '../../index.ts';
import { allKernels } from '../kernels/all-kernels.ts';
import { installWasmKernels } from '../index.ts';
import type * as Parts from './parts.ts';
import { ThreadPool } from './thread-pool.ts';

// Parts so small that tensors of any size are shared out.
vi.mock('./parts.ts', async (original) => {
  const { parts } = await original<typeof Parts>();
  return { parts: (count: number, cost: number, step?: number) => parts(count, 1000 * cost, step) };
});

/** Starts on a shared heap whatever comes later. */
beforeAll(async () => {
  await installWasmKernels({ threads: 7 });
  await tf.setBackend('wasm');
});
afterAll(async () => (await installWasmKernels()).uninstall());

interface Sizes {
  batch: number;
  tokens: number;
  heads: number;
  head: number;
  out: number;
  side: number;
  stride: number;
  seed: number;
}

/** Every kernel on tensors of these sizes, gradients included: the names of those that ran, and the bits of all results. */
async function everything({ batch, tokens, heads, head, out, side, stride, seed }: Sizes) {
  let drawnSoFar = 0;
  const tensor = <R extends tf.Rank>(shape: number[]) =>
    tf.tensor(drawn(shape, seed + 17 * drawnSoFar++), shape as never) as tf.Tensor<R>;
  const width = heads * head;
  const run = () =>
    tf.tidy(() => {
      const results: tf.Tensor[] = [];
      /** The value of a function and its gradients by all its arguments. */
      const all = (f: (...x: never[]) => tf.Tensor, ...inputs: tf.Tensor[]) => {
        const y = (f as (...x: tf.Tensor[]) => tf.Tensor)(...inputs);
        results.push(y, ...tf.grads(f as never)(inputs, tensor(y.shape)));
      };
      const [x, row, column] = [tensor<tf.Rank.R3>([batch, tokens, width]), tensor([width]), tensor([width])];
      const image = tensor<tf.Rank.R4>([batch, side, side + 1, width]);
      const kernel = tensor([3, 3, width, out]);
      all((x: tf.Tensor, w: tf.Tensor2D, b: tf.Tensor1D) => linear(x, w, b), x, tensor([width, out]), tensor([out]));
      for (const activation of [gelu, geluTanh, silu]) {
        all((x: tf.Tensor) => activation(x), x);
        results.push(linear(x, tensor([width, width]), tensor([width]), { activation, residual: x }));
      }
      all((x: tf.Tensor, r: tf.Tensor1D, c: tf.Tensor1D) => layerNorm(x, r, c), x, row, column);
      all((x: tf.Tensor) => layerNorm(x, null, null), x);
      all((x: tf.Tensor, r: tf.Tensor1D) => rmsNorm(x, r), x, row);
      all((x: tf.Tensor, r: tf.Tensor1D, c: tf.Tensor1D) => groupNorm(x, r, c, { groups: heads }), x, row, column);
      const [scale, shift] = [tensor([batch, width]), tensor([batch, width])];
      all((x: tf.Tensor3D, a: tf.Tensor2D, b: tf.Tensor2D) => modulate(x, a, b), x, scale, shift);
      all((x: tf.Tensor3D, y: tf.Tensor3D, g: tf.Tensor2D) => gatedAdd(x, y, g), x, tensor(x.shape), scale);
      all((x: tf.Tensor) => swiGlu(x), tensor([batch, tokens, 2 * width]));
      all((qkv: tf.Tensor3D) => attention(qkv, { heads }), tensor([batch, tokens, 3 * width]));
      const apart = [batch, heads, tokens, head];
      all(
        (q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D) => scaledDotProductAttention(q, k, v),
        ...[tensor(apart), tensor(apart), tensor(apart)],
      );
      const strides = [stride, stride] as [number, number];
      all(
        (x: tf.Tensor4D, w: tf.Tensor4D, b: tf.Tensor1D) => conv2d(x, w, b, { strides }),
        image,
        kernel,
        tensor([out]),
      );
      all((x: tf.Tensor4D, w: tf.Tensor4D) => tf.conv2d(x, w, strides, 'same'), image, kernel);
      all((x: tf.Tensor4D, w: tf.Tensor4D) => tf.conv2d(x, w, 1, 'valid'), image, tensor([1, 1, width, out]));
      results.push(
        tf.fused.conv2d({ x: image, filter: kernel as tf.Tensor4D, strides, pad: 'same', bias: tensor([out]) }),
      );
      all(
        (x: tf.Tensor4D, w: tf.Tensor4D) => tf.depthwiseConv2d(x, w, strides, 'same'),
        image,
        tensor([3, 2, width, 2]),
      );
      const probabilities = tf.softmax(tensor([batch * tokens, width]));
      all((l: tf.Tensor2D) => crossEntropy(probabilities as tf.Tensor2D, l), tensor([batch * tokens, width]));
      all(
        (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, false, true),
        tensor([batch, tokens, width]),
        tensor([batch, out, width]),
      );
      results.push(
        tf.matMul(tensor([2, width]), tensor([width, 50 * out])),
        tf.matMul(tensor([50 * out, width]), tensor([width, 1])),
      );
      results.push(tf.fused.matMul({ a: tensor([tokens, width]), b: tensor([width, out]), bias: tensor([out]) }));
      for (const f of [tf.exp, tf.tanh, tf.erf, tf.sigmoid]) results.push(f(x));
      for (const f of [tf.add, tf.sub, tf.mul, tf.squaredDifference]) results.push(f(x, tensor(x.shape)));
      const positive = tf.abs(x);
      results.push(tf.log(positive), tf.sqrt(positive), tf.rsqrt(positive));
      results.push(tf.sum(x), tf.mean(x, 0), tf.sum(x, 1), tf.sum(x, 2), tf.sum(x, [0, 1]));
      results.push(tf.transpose(x, [2, 0, 1]), tf.transpose(x, [1, 0, 2]), tf.transpose(tensor([tokens, width])));
      results.push(
        tf.tile(x, [2, 1, 3]),
        ...tf.split(x, [1, tokens - 1], 1),
        tf.slice(x, [0, 1, 1], [-1, -1, -1]),
        tf.clone(x),
      );
      const numbers = tf.tensor1d(
        Array.from({ length: 40 }, (_, i) => (i * 7) % tokens),
        'int32',
      );
      results.push(tf.gather(x, numbers, 1), tf.gather(tensor([tokens, width]), numbers));
      results.push(tf.unsortedSegmentSum(tensor([40, width]), numbers, tokens));
      all((x: tf.Tensor4D) => tf.image.resizeNearestNeighbor(x, [2 * side, 3 * (side + 1)]), image);
      const engine = (name: string, inputs: object, attributes: object) =>
        results.push(...[tf.engine().runKernel(name, inputs as never, attributes as never)].flat());
      const state = { parameters: x, gradient: tensor(x.shape), firstMoment: tensor(x.shape), secondMoment: positive };
      engine('DiptychAdamW', state, { rate: 1e-3, decay: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, count: 3 });
      engine('DiptychEma', { average: x, values: positive }, { decay: 0.9 });
      engine('DiptychSumOfSquares', { x: image }, {});
      engine('DiptychNormals', {}, { key: [seed, 7], shape: [tokens, width] });
      return results;
    });
  const { kernelNames, result } = await tf.profile(run as never);
  const results = result as unknown as tf.Tensor[];
  const bits = await Promise.all(results.map(async (y) => new Uint32Array((await y.data()).slice().buffer)));
  tf.dispose(results);
  return { kernelNames, bits };
}

const sizes = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  tokens: fc.integer({ min: 2, max: 40 }),
  heads: fc.integer({ min: 1, max: 3 }),
  head: fc.integer({ min: 1, max: 20 }),
  out: fc.integer({ min: 1, max: 40 }),
  side: fc.integer({ min: 3, max: 8 }),
  stride: fc.integer({ min: 1, max: 2 }),
  seed: fc.integer({ min: 1, max: 1e6 }),
});

const smallest: Sizes = { batch: 1, tokens: 2, heads: 1, head: 1, out: 1, side: 3, stride: 1, seed: 1 };

describe('threads', () => {
  it('is every kernel of ours that the comparison runs', async () => {
    const one = { batch: 2, tokens: 9, heads: 2, head: 4, out: 5, side: 4, stride: 2, seed: 1 };
    const { kernelNames } = await everything(one);
    expect(kernelNames).toEqual(expect.arrayContaining(allKernels.map(({ kernelName }) => kernelName)));
  });

  it.each(['simd', 'relaxedSimd', 'wide'] as const)(
    '%s: gives the same bits on 1, 2, 3 and 7 threads for any sizes',
    async (instructionSet) => {
      await fc.assert(
        fc.asyncProperty(sizes, async (sizes) => {
          let first: Uint32Array[] | undefined;
          for (const threads of [1, 2, 3, 7]) {
            const installed = await installWasmKernels({ instructionSet, threads });
            expect(installed.threads).toBe(threads);
            const lots = vi.spyOn(ThreadPool.prototype, 'run');
            const { bits } = await everything(sizes);
            const shared = lots.mock.calls.length;
            lots.mockRestore();
            // Nothing would be proved by kernels that all ran here.
            if (threads > 1) expect(shared).toBeGreaterThan(5);
            else expect(shared).toBe(0);
            first ??= bits;
            bits.forEach((numbers, i) => {
              if (numbers.some((bits, j) => bits !== first![i][j])) expect.fail(`result ${i} on ${threads} threads`);
            });
          }
        }),
        { numRuns: 4, examples: [[smallest]] },
      );
    },
  );

  it('goes on while the heap grows in the middle of a step', async () => {
    const one = { batch: 2, tokens: 9, heads: 2, head: 4, out: 5, side: 4, stride: 2, seed: 1 };
    await installWasmKernels({ threads: 3 });
    const before = await everything(one);
    const heap = () => (tf.backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } }).wasm.asm.memory;
    const [bytes, run] = [heap().buffer.byteLength, ThreadPool.prototype.run];
    const ballast: tf.Tensor[] = [];
    let growths = 0;
    // In front of every few lots of calls, so that the threads are awake when it happens.
    let lots = 0;
    const spy = vi.spyOn(ThreadPool.prototype, 'run').mockImplementation(function (this: ThreadPool, ...given) {
      if (lots++ % 10 === 0) {
        const size = heap().buffer.byteLength;
        tf.engine().startScope();
        ballast.push(tf.keep(tf.zeros([1 << 21])));
        tf.engine().endScope();
        if (heap().buffer.byteLength > size) growths++;
      }
      run.apply(this, given);
    });
    try {
      const { bits } = await everything(one);
      expect(growths).toBeGreaterThan(1);
      expect(heap().buffer.byteLength).toBeGreaterThan(bytes);
      expect(bits).toEqual(before.bits);
    } finally {
      spy.mockRestore();
      tf.dispose(ballast);
    }
  });
});
