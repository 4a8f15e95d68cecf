import { agrees } from '@diptych/test-utils/wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installWasmKernels } from '../index.ts';

const size = (max: number) => fc.integer({ min: 1, max });
const seed = fc.integer({ min: 1, max: 1e6 });
const runs = { numRuns: 40 };
const channels = fc.oneof(size(9), fc.constantFrom(12, 13, 40));

describe.each(['simd', 'relaxedSimd'] as const)(
  'kernels under stock names agree with the plain backend, %s build',
  (instructionSet) => {
    beforeAll(async () => {
      await tf.setBackend('wasm');
      await installWasmKernels({ instructionSet });
    });
    afterAll(async () => (await installWasmKernels({ instructionSet })).uninstall());

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
        { numRuns: 60 },
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
          await agrees(op as never, { kernels: [name], shapes: [shape], seed, tolerance: 4e-6 });
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
  },
);
