import { onEachBackend } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { rankMe } from './rank-me.ts';

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

  it('is 4 when 4 of 64 columns live, at any scale that float32 holds', async () => {
    const of = (scale: number) =>
      tf.tensor2d(
        Float32Array.from({ length: 300 * 64 }, (_, i) => (i % 64 < 4 ? scale * Math.sin(i * i) : 0)),
        [300, 64],
      );
    for (const scale of [1e-30, 1, 1e30]) {
      const z = of(scale);
      expect(await rankMe(z)).toBeCloseTo(4, 1);
      z.dispose();
    }
  });

  it('refuses a batch of one and NaN', async () => {
    await expect(rankMe(tf.ones([1, 3]))).rejects.toThrow(/rankMe: z must be of shape/);
    await expect(rankMe(tf.tensor2d([NaN, 1, 1, 1], [2, 2]))).rejects.toThrow(
      /rankMe: z\[0\] must be a finite number, got NaN/,
    );
  });
});
