import * as tf from '@tensorflow/tfjs-core';
import { gradCheck, leakOf, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import { describe, expect, it } from 'vitest';
import { embeddingLookup } from './embedding-lookup.ts';
import { sinCosPositions2d } from './sin-cos-positions-2d.ts';
import { sinusoidalEmbedding } from './sinusoidal-embedding.ts';

onEachBackend('sinusoidalEmbedding()', () => {
  it('has cosines first, with exponent i / half', () => {
    const expected = [1, 1, 0, 0, Math.cos(2), Math.cos(0.02), Math.sin(2), Math.sin(0.02)];
    expect(relativeError(sinusoidalEmbedding(tf.tensor1d([0, 2]), 4), expected)).toBeLessThan(1e-6);
    expect(relativeError(sinusoidalEmbedding([0, 2], 4), expected)).toBeLessThan(1e-7);
  });

  it('has the last frequency at 1 / maxPeriod with endpoint, and sines first with sinFirst', () => {
    const expected = [Math.sin(3), Math.sin(0.03), Math.cos(3), Math.cos(0.03)];
    const options = { endpoint: true, sinFirst: true, maxPeriod: 100 };
    expect(relativeError(sinusoidalEmbedding(tf.tensor1d([3]), 4, options), expected)).toBeLessThan(1e-6);
    expect(relativeError(sinusoidalEmbedding([3], 4, options), expected)).toBeLessThan(1e-7);
  });

  it('ends an odd width in a zero', () => {
    const expected = [Math.cos(1), Math.cos(0.01), Math.sin(1), Math.sin(0.01), 0];
    expect(relativeError(sinusoidalEmbedding(tf.tensor1d([1]), 5), expected)).toBeLessThan(1e-6);
    expect(relativeError(sinusoidalEmbedding([1], 5), expected)).toBeLessThan(1e-7);
  });

  it('is exact to float32 for large numbers, and within the rounding of the angle for tensors', () => {
    const t = [999, 12345.5];
    const frequency = (i: number) => 10000 ** (-i / 8);
    const half = (wave: (a: number) => number, t: number) =>
      Array.from({ length: 8 }, (_, i) => wave(t * frequency(i)));
    const expected = t.flatMap((t) => [...half(Math.cos, t), ...half(Math.sin, t)]);
    expect(relativeError(sinusoidalEmbedding(t, 16), expected)).toBeLessThan(1e-7);
    expect(relativeError(sinusoidalEmbedding(tf.tensor1d(t), 16), expected)).toBeLessThan(1e-3);
  });

  it('takes int32 steps, differentiates in t and leaves no tensors behind', async () => {
    const steps = tf.tensor1d([3, 7], 'int32');
    expect(relativeError(sinusoidalEmbedding(steps, 6), sinusoidalEmbedding([3, 7], 6))).toBeLessThan(1e-5);
    const f = (t: tf.Tensor) => sinusoidalEmbedding(t as tf.Tensor1D, 7);
    expect((await gradCheck(f, [tensorOf([3])])).error).toBeLessThan(1e-3);
    expect(leakOf(() => sinusoidalEmbedding(steps, 6))).toBe(0);
    expect(leakOf(() => sinusoidalEmbedding([1], 6))).toBe(0);
  });

  it('refuses other ranks, narrow widths and periods that are not positive', () => {
    expect(() => sinusoidalEmbedding(tensorOf([2, 1]) as unknown as tf.Tensor1D, 4)).toThrow(
      /sinusoidalEmbedding: t must be of shape \[B\]/,
    );
    expect(() => sinusoidalEmbedding([1], 1)).toThrow(/width must be an integer >= 2, got 1/);
    expect(() => sinusoidalEmbedding([1], 2, { endpoint: true })).toThrow(/width must be an integer >= 4/);
    expect(() => sinusoidalEmbedding([1], 4, { maxPeriod: 0 })).toThrow(/maxPeriod must be a finite number > 0/);
  });
});

describe('sinCosPositions2d()', () => {
  it('encodes the column in the first half, the row in the second, sines before cosines', () => {
    const table = sinCosPositions2d([2, 3], 8);
    expect(table.length).toBe(6 * 8);
    const encode = (p: number) => [Math.sin(p), Math.sin(p / 100), Math.cos(p), Math.cos(p / 100)];
    // row 1, column 2 is token 5
    expect(relativeError(table.subarray(5 * 8), [...encode(2), ...encode(1)])).toBeLessThan(1e-7);
  });

  it('puts zero rows in front for extra tokens and stretches positions by scale', () => {
    const plain = sinCosPositions2d([2, 2], 4);
    const extra = sinCosPositions2d([2, 2], 4, { extraTokens: 2 });
    expect(Array.from(extra)).toEqual([...new Array(8).fill(0), ...plain]);
    const stretched = sinCosPositions2d([3, 3], 4, { scale: 0.5 });
    // column 2 at half the scale is column 1
    expect(Array.from(stretched.subarray(8, 10))).toEqual(Array.from(plain.subarray(4, 6)));
  });

  it('refuses sizes that are no counts and a width that 4 does not divide', () => {
    expect(() => sinCosPositions2d([0, 2], 8)).toThrow(/sinCosPositions2d: rows must be a positive integer, got 0/);
    expect(() => sinCosPositions2d([2, 2], 6)).toThrow(/width must be a multiple of 4, got 6/);
    expect(() => sinCosPositions2d([2, 2], 8, { extraTokens: -1 })).toThrow(/extraTokens/);
    expect(() => sinCosPositions2d([2, 2], 8, { scale: Infinity })).toThrow(/scale/);
    expect(() => sinCosPositions2d([2, 2], 8, { maxPeriod: -1 })).toThrow(/maxPeriod/);
  });
});

onEachBackend('embeddingLookup()', () => {
  const table = () =>
    tf.tensor2d([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);

  it('takes the rows, for indices of any shape', () => {
    const rows = embeddingLookup(table(), tf.tensor2d([[2, 0]], [1, 2], 'int32'));
    expect(rows.shape).toEqual([1, 2, 2]);
    expect(Array.from(rows.dataSync())).toEqual([5, 6, 1, 2]);
  });

  it('adds the gradients of rows that are taken twice, and gives none to the others', () => {
    const indices = tf.tensor1d([1, 1, 0], 'int32');
    const dy = tf.tensor2d([
      [1, 2],
      [10, 20],
      [5, 7],
    ]);
    const gradient = tf.grad((t) => embeddingLookup(t as tf.Tensor2D, indices))(table(), dy);
    expect(Array.from(gradient.dataSync())).toEqual([5, 7, 11, 22, 0, 0]);
  });

  it('gives zeros for an index outside the table', () => {
    expect(Array.from(embeddingLookup(table(), tf.tensor1d([3, -1], 'int32')).dataSync())).toEqual([0, 0, 0, 0]);
  });

  it('leaves no tensors behind', () => {
    const [rows, indices] = [table(), tf.tensor1d([1], 'int32')];
    expect(leakOf(() => embeddingLookup(rows, indices))).toBe(0);
  });

  it('refuses indices that are not int32 and a table that is no matrix', () => {
    expect(() => embeddingLookup(table(), tf.tensor1d([1]))).toThrow(/embeddingLookup: indices must be of dtype int32/);
    expect(() => embeddingLookup(tensorOf([3]) as unknown as tf.Tensor2D, tf.tensor1d([1], 'int32'))).toThrow(
      /table must be of shape \[V, D\]/,
    );
  });
});
