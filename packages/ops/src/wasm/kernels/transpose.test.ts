import { guardOutputs, guardScratch } from '@diptych/test-utils/wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
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

const cases = fc
  .array(fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 9 }) }, fc.constantFrom(0, 17, 33)), {
    minLength: 1,
    maxLength: 6,
  })
  .filter((shape) => shape.reduce((a, b) => a * b, 1) < 20000)
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      perm: fc.shuffledSubarray(
        shape.map((_, axis) => axis),
        { minLength: shape.length },
      ),
      dtype: fc.constantFrom('float32' as const, 'int32' as const, 'bool' as const),
    }),
  );

guardScratch(BackendMemory);
guardOutputs(BackendMemory);

describe.each([3, 1])('Transpose on %i threads', (threads) => {
  beforeAll(async () => {
    expect((await installWasmKernels({ threads })).threads).toBe(threads);
    await tf.setBackend('wasm');
  });
  afterAll(async () => (await installWasmKernels()).uninstall());

  it('moves every element where the permutation says, any rank up to 6 and any dtype', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ shape, perm, dtype }) => {
        const host = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) =>
          dtype === 'bool' ? (i * 7) % 2 : i,
        );
        const x = tf.cast(tf.tensor(host, shape), dtype);
        const y = tf.transpose(x, perm);
        const outShape = perm.map((axis) => shape[axis]);
        expect(y.shape).toEqual(outShape);
        expect(y.dtype).toBe(dtype);
        const got = await y.data();
        const strides = tf.util.computeStrides(shape).concat(1);
        const want = Float32Array.from(host, (_, index) => {
          let from = 0;
          for (let axis = outShape.length - 1; axis >= 0; axis--) {
            from += (index % outShape[axis]) * strides[perm[axis]];
            index = Math.floor(index / outShape[axis]);
          }
          return host[from];
        });
        expect(Array.from(got)).toEqual(Array.from(want));
        tf.dispose([x, y]);
      }),
      { numRuns: 100 },
    );
  });
});
