import { gradCheck, leakOf, onEachBackend, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { contrastiveAccuracy } from './contrastive-accuracy.ts';
import { infoNce } from './info-nce.ts';

onEachBackend('infoNce()', () => {
  it('is 2T ln B on constant features, whatever T and B', () => {
    for (const [b, temperature] of [
      [2, 0.2],
      [5, 1],
      [17, 0.07],
    ] as const) {
      const loss = tf.tidy(() => infoNce(tf.ones([b, 3]), tf.fill([b, 3], 2), { temperature }).dataSync()[0]);
      expect(loss).toBeCloseTo(2 * temperature * Math.log(b), 5);
    }
  });

  it('is 2T ln(1 + (B - 1) exp(-1/T)) on orthogonal rows that match, at any length of the rows', () => {
    const loss = tf.tidy(() => infoNce(tf.mul(tf.eye(6), 3), tf.eye(6), { temperature: 0.5 }).dataSync()[0]);
    expect(loss).toBeCloseTo(Math.log(1 + 5 * Math.exp(-2)), 6);
  });

  it('survives temperatures whose exponentials overflow float32', () => {
    const loss = tf.tidy(() => infoNce(tf.eye(4), tf.reverse(tf.eye(4), 0), { temperature: 0.005 }).dataSync()[0]);
    expect(loss).toBeCloseTo(2, 4); // 2T (1/T)
  });

  it('keeps its digits where it is small: 2T ln(1 + exp(-1/T)) on orthogonal pairs in any direction', () => {
    const temperature = 0.15;
    const wanted = 2 * temperature * Math.log1p(Math.exp(-1 / temperature));
    for (const angle of [0.1, 0.3, 0.7, 1.1, 1.3, 2.2]) {
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      const rows = (length: number) =>
        tf.mul(
          [
            [c, s],
            [-s, c],
          ],
          length,
        ) as tf.Tensor2D;
      const loss = tf.tidy(() => infoNce(rows(3), rows(0.7), { temperature }).dataSync()[0]);
      expect(Math.abs(loss / wanted - 1)).toBeLessThan(3e-4);
    }
  });

  it('is scaled by scale in place of 2T', () => {
    const loss = tf.tidy(() => infoNce(tf.ones([4, 3]), tf.ones([4, 3]), { scale: 1 }).dataSync()[0]);
    expect(loss).toBeCloseTo(Math.log(4), 5);
  });

  it('finds the positives from row `offset` on among further keys: the parts of a batch are the whole', () => {
    tf.tidy(() => {
      const [q, k] = [tensorOf([6, 4], 1), tensorOf([6, 4], 2)] as [tf.Tensor2D, tf.Tensor2D];
      const whole = infoNce(q, k).dataSync()[0];
      const parts = [0, 3].map((offset) => infoNce(tf.slice(q, offset, 3), k, { offset }).dataSync()[0]);
      expect((parts[0] + parts[1]) / 2).toBeCloseTo(whole, 6);
      const accuracies = [0, 3].map(
        (offset) => contrastiveAccuracy(tf.slice(q, offset, 3), k, { offset }).dataSync()[0],
      );
      expect((accuracies[0] + accuracies[1]) / 2).toBeCloseTo(contrastiveAccuracy(q, k).dataSync()[0], 6);
    });
  });

  it('has the gradients that finite differences find, and leaks nothing', async () => {
    const [q, k] = [tensorOf([5, 4], 1), tensorOf([5, 4], 2)] as [tf.Tensor2D, tf.Tensor2D];
    const f = (a: tf.Tensor, b: tf.Tensor) => infoNce(a as tf.Tensor2D, b as tf.Tensor2D);
    const { error } = await gradCheck(f, [q, k], { step: 0.01 });
    expect(error).toBeLessThan(2e-3);
    expect(leakOf(() => tf.grads(f)([q, k]))).toBe(0);
    tf.dispose([q, k]);
  });

  it('has finite gradients where a row is zero', () => {
    const gradient = tf.tidy(() =>
      tf
        .grad((q) => infoNce(q as tf.Tensor2D, tf.eye(3)))(tf.tensor2d([0, 0, 0, 1, 0, 0, 0, 1, 0], [3, 3]))
        .dataSync(),
    );
    expect(Array.from(gradient)).toSatisfy((values: number[]) => values.every(Number.isFinite));
  });

  it('refuses a batch of one, other shapes and temperatures not above 0', () => {
    const x = (b: number, d: number) => tf.ones<tf.Rank.R2>([b, d]);
    tf.tidy(() => {
      expect(() => infoNce(x(1, 3), x(1, 3))).toThrow(/infoNce: number of keys must be an integer >= 2, got 1/);
      expect(() => infoNce(x(4, 3), x(4, 2))).toThrow(/infoNce: k must be of shape \[M, 3\]/);
      expect(() => infoNce(x(4, 3), x(3, 3))).toThrow(/number of keys must be an integer >= 4, got 3/);
      expect(() => infoNce(x(4, 3), x(5, 3), { offset: 2 })).toThrow(
        /infoNce: offset must be an integer in 0 .. 1, got 2/,
      );
      for (const temperature of [0, -1, NaN, Infinity]) {
        expect(() => infoNce(x(4, 3), x(4, 3), { temperature })).toThrow(/infoNce: temperature/);
      }
      expect(() => infoNce(x(4, 3), x(4, 3), { scale: 0 })).toThrow(/infoNce: scale/);
    });
  });
});
