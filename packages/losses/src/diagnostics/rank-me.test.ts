import { onEachBackend } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { rankMe } from './rank-me.ts';
import { singularValues } from './singular-values.ts';

describe('singularValues()', () => {
  it('finds the golden ratio in [[1, 1], [0, 1]], and the same for the transpose', () => {
    const golden = (1 + Math.sqrt(5)) / 2;
    for (const matrix of [
      [1, 1, 0, 1],
      [1, 0, 1, 1],
    ]) {
      const s = singularValues(matrix, 2, 2);
      expect(s[0]).toBeCloseTo(golden, 12);
      expect(s[1]).toBeCloseTo(1 / golden, 12);
    }
  });

  it('keeps the Frobenius norm, gives min(rows, columns) values, and zeros for missing rank', () => {
    const values = Float64Array.from({ length: 35 }, (_, i) => Math.sin(i * i));
    const [wide, tall] = [singularValues(values, 5, 7), singularValues(values, 7, 5)];
    expect([wide.length, tall.length]).toEqual([5, 5]);
    const square = values.reduce((sum, v) => sum + v * v, 0);
    for (const s of [wide, tall]) expect(s.reduce((sum, v) => sum + v * v, 0)).toBeCloseTo(square, 10);
    const rankOne = singularValues([1, 2, 2, 4, 3, 6], 3, 2);
    expect(rankOne[0]).toBeCloseTo(Math.sqrt(70), 10);
    expect(rankOne[1]).toBeCloseTo(0, 6);
  });
});

onEachBackend('rankMe()', () => {
  it('is the number of directions when all are used alike, 1 for a line, and leaves no tensors', async () => {
    const features = { eye: tf.eye(6), line: tf.ones<tf.Rank.R2>([6, 4]), zero: tf.zeros<tf.Rank.R2>([3, 2]) };
    const before = tf.memory().numTensors;
    expect(await rankMe(features.eye)).toBeCloseTo(6, 3);
    expect(await rankMe(features.line)).toBeCloseTo(1, 3);
    expect(await rankMe(features.zero)).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(features);
  });

  it('is exp of the entropy of singular values 3 and 1', async () => {
    const p = [0.75, 0.25];
    const z = tf.tensor2d([3, 0, 0, 1, 0, 0], [3, 2]);
    expect(await rankMe(z)).toBeCloseTo(Math.exp(-p.reduce((sum, v) => sum + v * Math.log(v), 0)), 4);
    z.dispose();
  });

  it('refuses a batch of one and NaN', async () => {
    await expect(rankMe(tf.ones([1, 3]))).rejects.toThrow(/rankMe: z must be of shape/);
    await expect(rankMe(tf.tensor2d([NaN, 1, 1, 1], [2, 2]))).rejects.toThrow(/rankMe: z must be finite/);
  });
});
