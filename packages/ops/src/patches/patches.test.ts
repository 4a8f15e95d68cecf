import * as tf from '@tensorflow/tfjs-core';
import { gradCheck, leakOf, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { conv2d } from '../convolution/conv2d.ts';
import { linear } from '../linear/linear.ts';
import { meanPool } from './mean-pool.ts';
import { patchify } from './patchify.ts';
import { unpatchify } from './unpatchify.ts';

const small = fc.integer({ min: 1, max: 4 });

onEachBackend('patchify() and unpatchify()', () => {
  it('put row, column, channel of a patch side by side, channel fastest, tokens in raster order', () => {
    // 2 x 4 image of 2 channels; the value is 100 row + 10 column + channel
    const x = tf.tensor4d(
      [0, 1].flatMap((r) => [0, 1, 2, 3].flatMap((c) => [0, 1].map((k) => 100 * r + 10 * c + k))),
      [1, 2, 4, 2],
    );
    const tokens = patchify(x, 2);
    expect(tokens.shape).toEqual([1, 2, 8]);
    expect(Array.from(tokens.dataSync())).toEqual([
      0, 1, 10, 11, 100, 101, 110, 111, 20, 21, 30, 31, 120, 121, 130, 131,
    ]);
  });

  it('are inverse to each other for any sizes', () => {
    fc.assert(
      fc.property(small, small, small, small, small, (batch, rows, columns, patch, channels) => {
        const x = tensorOf<tf.Rank.R4>([batch, rows * patch, columns * patch, channels]);
        const tokens = patchify(x, patch);
        expect(tokens.shape).toEqual([batch, rows * columns, patch * patch * channels]);
        const back = unpatchify(tokens, patch, [rows * patch, columns * patch, channels]);
        expect(back.shape).toEqual(x.shape);
        expect(Array.from(back.dataSync())).toEqual(Array.from(x.dataSync()));
      }),
      { numRuns: 30, seed: 2 },
    );
  });

  it('make a strided convolution a linear layer', () => {
    const x = tensorOf<tf.Rank.R4>([2, 6, 4, 3], 1);
    const kernel = tensorOf<tf.Rank.R4>([2, 2, 3, 5], 2);
    const expected = conv2d(x, kernel, null, { strides: 2, padding: 'valid' });
    const actual = linear(patchify(x, 2), tf.reshape(kernel, [12, 5]) as tf.Tensor2D);
    expect(relativeError(actual, expected)).toBeLessThan(1e-5);
  });

  it('have the gradients of finite differences', async () => {
    const there = (x: tf.Tensor) => tf.square(patchify(x as tf.Tensor4D, 2));
    expect((await gradCheck(there, [tensorOf([2, 4, 2, 3])])).error).toBeLessThan(1e-3);
    const back = (x: tf.Tensor) => tf.square(unpatchify(x as tf.Tensor3D, 2, [4, 2, 3]));
    expect((await gradCheck(back, [tensorOf([2, 2, 12])])).error).toBeLessThan(1e-3);
  });

  it('leave no tensors behind', () => {
    const x = tensorOf<tf.Rank.R4>([2, 4, 4, 3]);
    const tokens = patchify(x, 2);
    expect(leakOf(() => patchify(x, 2))).toBe(0);
    expect(leakOf(() => unpatchify(tokens, 2, [4, 4, 3]))).toBe(0);
  });

  it('refuse sizes that do not fit', () => {
    const x = tensorOf<tf.Rank.R4>([1, 4, 6, 3]);
    expect(() => patchify(x, 4)).toThrow(/patchify: x must be of a size that 4 divides/);
    expect(() => patchify(x, 1.5)).toThrow(/patchify: patch must be a positive integer, got 1.5/);
    expect(() => patchify(tensorOf([4, 4, 3]) as unknown as tf.Tensor4D, 2)).toThrow(/patchify: x must be of shape/);
    const tokens = tensorOf<tf.Rank.R3>([1, 6, 12]);
    expect(() => unpatchify(tokens, 0, [4, 6, 3])).toThrow(/unpatchify: patch must be a positive integer/);
    expect(() => unpatchify(tokens, 2, [5, 6, 3])).toThrow(
      /unpatchify: image must be \[H, W, C\] with 2 dividing H and W/,
    );
    expect(() => unpatchify(tokens, 2, [4, 4, 3])).toThrow(/unpatchify: tokens must be of shape \[B, 4, 12\]/);
    expect(() => unpatchify(tensorOf([6, 12]) as unknown as tf.Tensor3D, 2, [4, 6, 3])).toThrow(
      /unpatchify: tokens must be of shape/,
    );
  });
});

onEachBackend('meanPool()', () => {
  it('averages all axes between the first and the last', () => {
    expect(Array.from(meanPool(tf.tensor3d([1, 10, 3, 30, 5, 50, 7, 70], [2, 2, 2])).dataSync())).toEqual([
      2, 20, 6, 60,
    ]);
    expect(Array.from(meanPool(tf.tensor4d([1, 2, 3, 6], [1, 2, 2, 1])).dataSync())).toEqual([3]);
    expect(Array.from(meanPool(tf.tensor2d([[1, 2]])).dataSync())).toEqual([1, 2]);
  });

  it('has the gradient of finite differences', async () => {
    expect(
      (await gradCheck((x) => tf.square(meanPool(x)), [tensorOf([2, 3, 2, 5])], { samples: 60 })).error,
    ).toBeLessThan(1e-3);
  });

  it('leaves no tensors behind', () => {
    const x = tensorOf([2, 3, 4]);
    expect(leakOf(() => meanPool(x))).toBe(0);
    expect(leakOf(() => tf.grad((x) => tf.sum(meanPool(x)))(x))).toBe(0);
  });

  it('refuses vectors and empty axes', () => {
    expect(() => meanPool(tensorOf([3]))).toThrow(/meanPool: x must be of shape \[B, ..., D\]/);
    expect(() => meanPool(tf.zeros([2, 0, 3]))).toThrow(/meanPool: x must be without empty axes/);
  });
});
