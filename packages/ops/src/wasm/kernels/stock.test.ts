import { agrees, drawn, guardOutputs, guardScratch, kernelBuilds } from '@diptych/test-utils/wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
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

const size = (max: number) => fc.integer({ min: 1, max });
const seed = fc.integer({ min: 1, max: 1e6 });
const runs = { numRuns: 14 };
const channels = fc.oneof(size(9), fc.constantFrom(12, 13, 40));

describe.each(kernelBuilds)(
  'kernels under stock names agree with the plain backend, $instructionSet build on $threads threads',
  (build) => {
    beforeAll(async () => {
      expect((await installWasmKernels(build)).threads).toBe(build.threads);
      await tf.setBackend('wasm');
    });
    afterAll(async () => (await installWasmKernels(build)).uninstall());

    const convolutions = fc.record({
      batch: size(3),
      height: size(9),
      width: size(9),
      kernel: fc.tuple(size(4), size(4)),
      channels,
      out: channels,
      strides: fc.tuple(size(3), size(3)),
      pad: fc.oneof(
        fc.constantFrom('same' as const, 'valid' as const, 0, 1, 2),
        fc.tuple(size(2), size(2), size(2), size(2)).map(
          ([a, b, c, d]) =>
            [
              [0, 0],
              [a, b],
              [c, d],
              [0, 0],
            ] as const,
        ),
      ),
      seed,
    });

    it('conv2d and both its gradients, any window, stride and padding', async () => {
      await fc.assert(
        fc.asyncProperty(convolutions, async ({ batch, height, width, kernel, channels, out, strides, pad, seed }) => {
          // A number as padding makes tfjs take the window for a square.
          fc.pre(height >= kernel[0] && width >= kernel[1] && (typeof pad !== 'number' || kernel[0] === kernel[1]));
          const shapes = [
            [batch, height, width, channels],
            [...kernel, channels, out],
          ];
          const op = (x: tf.Tensor, filter: tf.Tensor) =>
            tf.conv2d(
              x as tf.Tensor4D,
              filter as tf.Tensor4D,
              strides,
              pad as 'same',
              'NHWC',
              [1, 1],
              typeof pad === 'number' ? 'floor' : undefined,
            );
          const kernels = ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'];
          await agrees(op as never, { kernels, shapes, seed, tolerance: 4e-6 });
        }),
        runs,
      );
    });

    it.each([
      ['columns', [1, 3, 3, 9], [1, 1, 9, 1030]],
      ['rows and depth', [1, 13, 11, 50], [3, 3, 50, 9]],
      ['positions of the filter gradient', [3, 13, 11, 3], [3, 3, 3, 4]],
    ])('conv2d that takes several blocks of %s', async (_, image, filter) => {
      const op = (x: tf.Tensor, filter: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
      await agrees(op as never, { kernels: ['Conv2D'], shapes: [image, filter], tolerance: 1e-5 });
    });

    it('conv2d whose strides leave pixels that no window sees, again and again', async () => {
      // Rows of results that are only zeros take scratch space too: what was written past it broke the heap for later calls.
      const op = (x: tf.Tensor, filter: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 3, 'valid');
      const kernels = ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'];
      for (const channels of [1, 8, 40, 41]) {
        const shapes = [
          [3, 9, 9, channels],
          [1, 2, channels, 7],
        ];
        for (let i = 1; i <= 4; i++) await agrees(op as never, { kernels, shapes, seed: i, tolerance: 4e-6 });
      }
    });

    it('dilated and fused conv2d', async () => {
      await fc.assert(
        fc.asyncProperty(size(3), size(3), fc.constantFrom('linear', 'relu'), seed, async (d, e, activation, seed) => {
          const shapes = [[2, 9, 8, 3], [2, 3, 3, 5], [5]];
          const dilated = (x: tf.Tensor, filter: tf.Tensor) =>
            tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same', 'NHWC', [d, e]);
          await agrees(dilated as never, { kernels: ['Conv2D'], shapes: shapes.slice(0, 2), by: [], seed });
          const fused = (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor) =>
            tf.fused.conv2d({ x, filter, bias, strides: 1, pad: 'same', activation } as never);
          await agrees(fused as never, { kernels: ['FusedConv2D'], shapes, by: [], seed });
        }),
        { numRuns: 8 },
      );
    });

    it('gradients of the depthwise convolution', async () => {
      await fc.assert(
        fc.asyncProperty(
          convolutions,
          size(3),
          async ({ batch, height, width, kernel, channels, strides, pad, seed }, multiplier) => {
            fc.pre(height >= kernel[0] && width >= kernel[1] && typeof pad === 'string');
            const shapes = [
              [batch, height, width, channels],
              [...kernel, channels, multiplier],
            ];
            const op = (x: tf.Tensor, filter: tf.Tensor) =>
              tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides[0], pad as 'same');
            const kernels = ['DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter'];
            await agrees(op as never, { kernels, shapes, seed, tolerance: 4e-6 });
          },
        ),
        { numRuns: 20 },
      );
    });

    it('sum and mean over any axes', async () => {
      const shapes = fc
        .array(fc.oneof(size(9), fc.constant(37)), { minLength: 1, maxLength: 4 })
        .filter((shape) => tf.util.sizeFromShape(shape) < 5000);
      const cases = shapes.chain((shape) =>
        fc.record({
          shape: fc.constant(shape),
          axes: fc.shuffledSubarray(shape.map((_, axis) => axis)),
          keepDims: fc.boolean(),
          name: fc.constantFrom('Sum' as const, 'Mean' as const),
          seed,
        }),
      );
      await fc.assert(
        fc.asyncProperty(cases, async ({ shape, axes, keepDims, name, seed }) => {
          const op = (x: tf.Tensor) => (name === 'Sum' ? tf.sum : tf.mean)(x, axes.length ? axes : undefined, keepDims);
          await agrees(op as never, { kernels: [name], shapes: [shape], seed, tolerance: 1e-5 });
        }),
        runs,
      );
    });

    it('leaves integers to the stock kernel', async () => {
      const x = tf.tensor1d([1, 2, 2 ** 25 + 1], 'int32');
      const sum = tf.sum(x);
      expect(await sum.data()).toEqual(Int32Array.of(2 ** 25 + 4));
      tf.dispose([x, sum]);
    });

    it('the gradient of gather, rows named twice included', async () => {
      await fc.assert(
        fc.asyncProperty(
          size(9),
          size(12),
          fc.array(fc.nat(), { minLength: 1, maxLength: 20 }),
          seed,
          async (rows, width, numbers, seed) => {
            const indices = numbers.map((number) => number % rows);
            const op = (table: tf.Tensor) => tf.gather(table, tf.tensor1d(indices, 'int32'));
            await agrees(op as never, { kernels: ['GatherV2', 'UnsortedSegmentSum'], shapes: [[rows, width]], seed });
          },
        ),
        runs,
      );
    });

    it.each([
      ['Exp', tf.exp, Math.exp, [-100, -87, -20, -1e-3, 0, 1, 50, 88.7, 100, Infinity, -Infinity, NaN]],
      ['Log', tf.log, Math.log, [0, 1e-30, 0.5, 0.999, 1, 1.001, 7, 1e30, Infinity, -1, NaN]],
      ['Tanh', tf.tanh, Math.tanh, [-50, -0.61, -0.59, -1e-5, 0, 1e-5, 0.3, 2, Infinity, NaN]],
      ['Sigmoid', tf.sigmoid, (x: number) => 1 / (1 + Math.exp(-x)), [-80, -5, 0, 5, 80, Infinity, NaN]],
      ['Sqrt', tf.sqrt, Math.sqrt, [0, 2, 1e30, -1, NaN]],
      ['Rsqrt', tf.rsqrt, (x: number) => 1 / Math.sqrt(x), [0, 2, 1e30, Infinity, NaN]],
    ] as const)('%s is right to six digits everywhere, at the edges too', async (name, op, exact, edges) => {
      const points = [...edges, ...Array.from({ length: 1001 }, (_, i) => (i - 500) / 37)].map(Math.fround);
      const x = tf.tensor1d(points);
      const { kernelNames, result } = await tf.profile(() => op(x));
      expect(kernelNames).toEqual([name]);
      const got = await (result as unknown as tf.Tensor).data();
      points.forEach((point, i) => {
        const want = Math.fround(exact(point));
        const close = Object.is(got[i], want) || got[i] === want || Math.abs(got[i] - want) <= 1e-6 * Math.abs(want);
        // Below the smallest normal number exp and sigmoid may vanish.
        if (!close && !(Math.abs(want) < 2e-38 && Math.abs(got[i]) < 2e-38))
          expect.fail(`${name}(${point}): ${got[i]}, not ${want}`);
      });
      tf.dispose([x, result as unknown as tf.Tensor]);
    });

    it.each([
      ['Add', tf.add, (a: number, b: number) => a + b],
      ['Sub', tf.sub, (a: number, b: number) => a - b],
      ['Multiply', tf.mul, (a: number, b: number) => a * b],
      ['SquaredDifference', tf.squaredDifference, (a: number, b: number) => Math.fround(a - b) ** 2],
    ] as const)('%s of tensors of one shape is exact, and broadcasts as before', async (_, op, exact) => {
      await fc.assert(
        fc.asyncProperty(fc.tuple(size(5), size(90)), seed, async (shape, seed) => {
          const [x, y] = [drawn(shape, seed), drawn(shape, seed + 1)];
          [x, y].forEach((values, side) =>
            [NaN, Infinity, -0, 3e38].forEach((edge, i) => (values[(i + side) % values.length] = edge)),
          );
          const [c, d] = [tf.tensor(x, shape), tf.tensor(y, shape)];
          const got = op(c, d);
          expect(got.shape).toEqual(shape);
          const want = Float32Array.from(x, (value, i) => exact(value, y[i]));
          expect(await got.data()).toEqual(want);
          const row = tf.slice(d, [0, 0], [1, shape[1]]);
          const broadcast = await op(c, row).data();
          expect(broadcast).toEqual(Float32Array.from(x, (value, i) => exact(value, y[i % shape[1]])));
          tf.dispose([c, d, got, row]);
        }),
        runs,
      );
    });

    it('Erf has the values of its table, its symmetry, and its slope at 0', async () => {
      const points = [1e-6, 0.25, 0.5, 0.899, 0.901, 1, 2, 3, Infinity, NaN];
      // Abramowitz and Stegun, table 7.1; erf(x) = 2 x / sqrt(pi) near 0.
      const table = [1.1283792e-6, 0.2763264, 0.5204999, NaN, NaN, 0.8427008, 0.9953223, 0.9999779, 1, NaN];
      const [x, minus] = [tf.tensor1d(points), tf.tensor1d(points.map((point) => -point))];
      const [y, z] = [tf.erf(x), tf.erf(minus)];
      const [up, down] = [await y.data(), await z.data()];
      table.forEach((want, i) => {
        if (!Number.isNaN(want)) expect(Math.abs(up[i] / want - 1)).toBeLessThan(2e-7);
        expect(down[i]).toBe(-up[i]);
      });
      // The two formulas meet at 0.9.
      expect((up[4] - up[3]) / 0.002).toBeCloseTo(0.50197, 3);
      expect(up[9]).toBeNaN();
      tf.dispose([x, minus, y, z]);
    });

    it('tile, split and gather move the right numbers along any axis', async () => {
      const cases = fc.array(size(6), { minLength: 1, maxLength: 4 }).chain((shape) =>
        fc.record({
          shape: fc.constant(shape),
          reps: fc.array(size(3), { minLength: shape.length, maxLength: shape.length }),
          axis: fc.nat(shape.length - 1),
          cut: fc.nat(6),
          numbers: fc.array(fc.nat(), { minLength: 1, maxLength: 9 }),
          dtype: fc.constantFrom('float32' as const, 'int32' as const),
        }),
      );
      await fc.assert(
        fc.asyncProperty(cases, async ({ shape, reps, axis, cut, numbers, dtype }) => {
          const at = Math.min(cut, shape[axis]);
          const results = () =>
            tf.tidy(() => {
              const x = tf.cast(tf.reshape(tf.range(0, tf.util.sizeFromShape(shape)), shape), dtype);
              const indices = tf.tensor1d(
                numbers.map((number) => number % shape[axis]),
                'int32',
              );
              return [tf.tile(x, reps), tf.gather(x, indices, axis), ...tf.split(x, [at, shape[axis] - at], axis)];
            });
          const { kernelNames, result } = await tf.profile(results as never);
          expect(kernelNames).toEqual(expect.arrayContaining(['Tile', 'GatherV2', 'SplitV']));
          const ours = result as unknown as tf.Tensor[];
          const got = await Promise.all(ours.map((tensor) => tensor.data()));
          await tf.setBackend('cpu');
          const theirs = results();
          const want = await Promise.all(theirs.map((tensor) => tensor.data()));
          await tf.setBackend('wasm');
          expect(got.map((values) => Array.from(values))).toEqual(want.map((values) => Array.from(values)));
          ours.forEach((tensor, i) => expect([tensor.shape, tensor.dtype]).toEqual([theirs[i].shape, dtype]));
          tf.dispose([ours, theirs]);
        }),
        runs,
      );
    });

    it('slice takes the right numbers, any rank up to 5, nothing and everything included', async () => {
      const cases = fc.array(fc.tuple(size(5), fc.nat(5), fc.nat(5)), { minLength: 1, maxLength: 5 });
      const dtypes = fc.constantFrom('float32' as const, 'int32' as const);
      await fc.assert(
        fc.asyncProperty(cases, dtypes, async (axes, dtype) => {
          const shape = axes.map(([length]) => length);
          const begin = axes.map(([length, from]) => from % (length + 1));
          const counts = axes.map(([length, , count], i) => (count === 5 ? -1 : Math.min(count, length - begin[i])));
          const run = () =>
            tf.tidy(() => {
              const x = tf.cast(tf.reshape(tf.range(0, tf.util.sizeFromShape(shape)), shape), dtype);
              return tf.slice(x, begin, counts);
            });
          const ours = run();
          const got = Array.from(await ours.data());
          await tf.setBackend('cpu');
          const theirs = run();
          expect([got, ours.shape, ours.dtype]).toEqual([Array.from(await theirs.data()), theirs.shape, dtype]);
          await tf.setBackend('wasm');
          tf.dispose([ours, theirs]);
        }),
        { numRuns: 30 },
      );
      expect(() => tf.slice(tf.zeros([2, 3]), [1, 1], [1, 3])).toThrow(/would overflow input.shape\[1\]/);
    });

    it('the gradient of enlarging images by whole factors is the sum over each block', async () => {
      await fc.assert(
        fc.asyncProperty(size(2), size(4), size(4), size(9), size(3), size(3), async (b, h, w, c, down, across) => {
          const shape: [number, number, number, number] = [b, h * down, w * across, c];
          const slopes = drawn(shape, 5);
          const x = tf.zeros([b, h, w, c]);
          const dy = tf.tensor4d(slopes, shape);
          const enlarge = (x: tf.Tensor) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [shape[1], shape[2]]);
          const { kernelNames, result } = await tf.profile(() => tf.grad(enlarge)(x, dy));
          expect(kernelNames).toContain('ResizeNearestNeighborGrad');
          const got = await (result as unknown as tf.Tensor).data();
          // The plain backend confuses the images of a batch here, so no comparison with it.
          const want = new Float64Array(x.size);
          slopes.forEach((slope, i) => {
            const [channel, column] = [i % c, Math.floor(i / c) % shape[2]];
            const row = Math.floor(i / c / shape[2]);
            want[(Math.floor(row / down) * w + Math.floor(column / across)) * c + channel] += slope;
          });
          want.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 5));
          tf.dispose([x, dy, result as unknown as tf.Tensor]);
        }),
        runs,
      );
    });

    it('gather refuses an index that is no row', () => {
      const bytes = tf.memory().numTensors;
      expect(() => tf.tidy(() => tf.gather(tf.ones([3, 2]), tf.tensor1d([0, 3], 'int32')))).toThrowError('GatherV2');
      expect(tf.memory().numTensors).toBe(bytes);
    });
  },
);
