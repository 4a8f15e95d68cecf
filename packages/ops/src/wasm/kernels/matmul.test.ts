import { guardOutputs, guardScratch, kernelBuilds } from '@diptych/test-utils/wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
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

const size = fc.oneof(fc.constantFrom(1, 2, 6, 7, 8, 9, 65), fc.integer({ min: 1, max: 40 }));
const batchAxis = fc.integer({ min: 0, max: 3 });
const shapes = fc.record({
  m: fc.oneof(size, fc.constant(130)),
  n: size,
  k: fc.oneof(size, fc.constantFrom(0, 400, 801)),
  batch: fc.array(batchAxis, { maxLength: 2 }),
  onlyOnce: fc.array(fc.constantFrom('a', 'b', 'neither'), { minLength: 2, maxLength: 2 }),
  fewerAxes: fc.boolean(),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  seed: fc.integer({ min: 1, max: 1e6 }),
});

const values = (shape: number[], seed: number) =>
  Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * 12.9898 + seed) * 2);

/** Product in doubles, and the largest sum of |a||b|, which bounds its rounding error. */
function reference(a: Float32Array, b: Float32Array, m: number, n: number, k: number, tA: boolean, tB: boolean) {
  const c = new Float64Array(m * n);
  let scale = 0;
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let absolute = 0;
      for (let l = 0; l < k; l++) {
        const term = a[tA ? l * m + i : i * k + l] * b[tB ? j * k + l : l * n + j];
        c[i * n + j] += term;
        absolute += Math.abs(term);
      }
      scale = Math.max(scale, absolute);
    }
  return { c, scale };
}

describe.each(kernelBuilds)('BatchMatMul, $instructionSet build on $threads threads', (build) => {
  beforeAll(async () => {
    expect((await installWasmKernels(build)).threads).toBe(build.threads);
    await tf.setBackend('wasm');
  });
  afterAll(async () => (await installWasmKernels(build)).uninstall());

  it('agrees with products in doubles for any size, transpose, batch and broadcast', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ m, n, k, batch, onlyOnce, fewerAxes, transposeA, transposeB, seed }) => {
        const of = (who: 'a' | 'b') => batch.map((count, axis) => (onlyOnce[axis] === who ? 1 : count));
        const batchA = of('a');
        const batchB = fewerAxes ? of('b').slice(1) : of('b');
        const out = tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
        const shapeA = [...batchA, ...(transposeA ? [k, m] : [m, k])];
        const shapeB = [...batchB, ...(transposeB ? [n, k] : [k, n])];
        const hostA = values(shapeA, seed);
        const hostB = values(shapeB, seed + 1);
        const tensors = tf.memory().numTensors;
        const product = tf.tidy(() => {
          const inputs = { a: tf.tensor(hostA, shapeA), b: tf.tensor(hostB, shapeB) };
          return tf.engine().runKernel('BatchMatMul', inputs, { transposeA, transposeB }) as tf.Tensor;
        });
        expect(product.shape).toEqual([...out, m, n]);
        const got = await product.data();
        product.dispose();
        expect(tf.memory().numTensors).toBe(tensors);
        const pick = (host: Float32Array, from: number[], each: number, index: number) => {
          let [offset, stride] = [0, each];
          for (let axis = 1; axis <= out.length; axis++) {
            const own = from[from.length - axis] ?? 1;
            const coordinate = index % out[out.length - axis];
            index = Math.floor(index / out[out.length - axis]);
            if (own > 1) offset += coordinate * stride;
            stride *= own;
          }
          return host.subarray(offset, offset + each);
        };
        for (let i = 0; i < tf.util.sizeFromShape(out); i++) {
          const [a, b] = [pick(hostA, batchA, m * k, i), pick(hostB, batchB, n * k, i)];
          const { c, scale } = reference(a, b, m, n, k, transposeA, transposeB);
          // k additions in one chain: each rounds once, relative to the running sum.
          const tolerance = 6e-8 * (4 + Math.sqrt(k) * 2) * scale;
          c.forEach((value, j) => {
            if (!(Math.abs(got[i * m * n + j] - value) <= tolerance))
              expect.fail(`${got[i * m * n + j]} is not ${value}`);
          });
        }
      }),
      { numRuns: 40 },
    );
  });

  it('blocks of wide matrices meet exactly: 3 x 500 x 2100 of small integers', async () => {
    const [m, k, n] = [3, 500, 2100];
    const a = tf.tidy(() => tf.reshape(tf.mod(tf.range(0, m * k), 5), [m, k]));
    const b = tf.tidy(() => tf.reshape(tf.mod(tf.range(0, k * n), 7), [k, n]));
    const [hostA, hostB] = [(await a.data()) as Float32Array, (await b.data()) as Float32Array];
    const product = tf.matMul(a, b);
    expect(Array.from(await product.data())).toEqual(Array.from(reference(hostA, hostB, m, n, k, false, false).c));
    tf.dispose([a, b, product]);
  });

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('gradients with transposeA %s, transposeB %s are those of the sum in doubles', async (transposeA, transposeB) => {
    const [batch, m, n, k] = [2, 7, 9, 5];
    const a = tf.tensor(values([batch, m, k], 3), [batch, ...(transposeA ? [k, m] : [m, k])]);
    const b = tf.tensor(values([batch, n, k], 4), [batch, ...(transposeB ? [n, k] : [k, n])]);
    const weights = tf.tensor(values([batch, m, n], 5), [batch, m, n]);
    const loss = (x: tf.Tensor, y: tf.Tensor): tf.Scalar =>
      tf.sum(tf.mul(tf.matMul(x, y, transposeA, transposeB), weights));
    const [dA, dB] = tf.grads(loss)([a, b]);
    const [hostA, hostB, w] = await Promise.all([a, b, weights].map((x) => x.data()));
    const [gotA, gotB] = await Promise.all([dA, dB].map((x) => x.data()));
    const at = {
      a: (i: number, l: number) => (transposeA ? l * m + i : i * k + l),
      b: (l: number, j: number) => (transposeB ? j * k + l : l * n + j),
    };
    for (let s = 0; s < batch; s++)
      for (let l = 0; l < k; l++) {
        for (let i = 0; i < m; i++) {
          let sum = 0;
          for (let j = 0; j < n; j++) sum += w[(s * m + i) * n + j] * hostB[s * k * n + at.b(l, j)];
          expect(gotA[s * m * k + at.a(i, l)]).toBeCloseTo(sum, 4);
        }
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let i = 0; i < m; i++) sum += w[(s * m + i) * n + j] * hostA[s * m * k + at.a(i, l)];
          expect(gotB[s * k * n + at.b(l, j)]).toBeCloseTo(sum, 4);
        }
      }
    tf.dispose([a, b, weights, dA, dB]);
  });

  it('a fused bias is added to every row, and activations are left to the stock kernel', async () => {
    await fc.assert(
      fc.asyncProperty(size, size, size, fc.constantFrom('linear', 'relu'), async (m, n, k, activation) => {
        const [a, b, bias] = [
          tf.tensor2d(values([m, k], 1), [m, k]),
          tf.tensor2d(values([k, n], 2), [k, n]),
          tf.tensor1d(values([n], 3)),
        ];
        const fused = tf.fused.matMul({ a, b, bias, activation: activation as 'linear' });
        const plain = tf.tidy(() => {
          const sum = tf.add(tf.matMul(a, b), bias);
          return activation === 'relu' ? tf.relu(sum) : sum;
        });
        const [got, want] = [await fused.data(), await plain.data()];
        got.forEach((value, index) => expect(Math.abs(value - want[index])).toBeLessThan(1e-5 * (1 + k)));
        tf.dispose([a, b, bias, fused, plain]);
      }),
      { numRuns: 12 },
    );
  });
});
