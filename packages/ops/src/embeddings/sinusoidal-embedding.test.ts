import { onEachBackend } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, expect, it } from 'vitest';
import { sinusoidalEmbedding } from './sinusoidal-embedding.ts';

onEachBackend('sinusoidalEmbedding of a tensor', () => {
  beforeEach(() => {
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });

  const labels = Float32Array.of(0, 1, -1.3, 0.92, 17.5, 513, 981, 999, 999.37, 1000, -512.5, 2999);

  it.each([
    [16, {}],
    [20, {}],
    [15, {}],
    [256, { endpoint: true, sinFirst: true }],
    [64, { maxPeriod: 100 }],
  ] as const)(
    'of width %i, options %o: differs from doubles by less than 6e-7, however large the label',
    (width, options) => {
      const exact = sinusoidalEmbedding(labels, width, options).dataSync();
      const found = sinusoidalEmbedding(tf.tensor1d(labels), width, options).dataSync();
      expect(found).toHaveLength(exact.length);
      expect(Math.max(...found.map((value, i) => Math.abs(value - exact[i])))).toBeLessThan(6e-7);
    },
  );

  it('has the gradient f sin and f cos, between whole numbers and at them', () => {
    const at = tf.tensor1d([0.25, 3, -7.4]);
    const gradient = tf
      .grad((t: tf.Tensor) => tf.sum(tf.slice(sinusoidalEmbedding(t as tf.Tensor1D, 4), [0, 1], [-1, 1])))(at)
      .dataSync();
    Array.from(at.dataSync(), (t, i) => expect(gradient[i]).toBeCloseTo(-0.01 * Math.sin(0.01 * t), 6));
    const fast = tf
      .grad((t: tf.Tensor) => tf.sum(tf.slice(sinusoidalEmbedding(t as tf.Tensor1D, 4), [0, 0], [-1, 1])))(at)
      .dataSync();
    Array.from(at.dataSync(), (t, i) => expect(fast[i]).toBeCloseTo(-Math.sin(t), 5));
  });
});
