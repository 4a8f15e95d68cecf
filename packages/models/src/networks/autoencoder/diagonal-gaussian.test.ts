import { key, normalTensor } from '@diptych/core';
import { gradCheck, leakOf, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { diagonalGaussian, gaussianKl, gaussianNll, sampleGaussian } from './diagonal-gaussian.ts';

const gaussian = (seed = 1) => diagonalGaussian(tensorOf([2, 2, 3, 4], seed));

onEachBackend('diagonal Gaussian', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  it('diagonalGaussian(): halves the channels and cuts the log-variance, whose gradient ends there', () => {
    const moments = tf.tensor2d([
      [1, 2, -40, 0.5],
      [3, 4, 30, -1],
    ]);
    const { mean, logVariance } = diagonalGaussian(moments);
    expect(mean.arraySync()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(logVariance.arraySync()).toEqual([
      [-30, 0.5],
      [20, -1],
    ]);
    const slopes = tf.grad((x) => tf.sum(diagonalGaussian(x).logVariance))(moments);
    expect(slopes.arraySync()).toEqual([
      [0, 0, 0, 1],
      [0, 0, 0, 1],
    ]);
    expect(diagonalGaussian(moments, { clamp: [0, 1] }).logVariance.arraySync()).toEqual([
      [0, 0.5],
      [1, 0],
    ]);
  });

  it('sampleGaussian(): has the mean and the deviation it is told, and the same numbers for the same key', () => {
    const wide = { mean: tf.fill([1, 20000], 3), logVariance: tf.fill([1, 20000], 2 * Math.log(0.5)) };
    const sample = sampleGaussian(wide, key(5));
    const { mean, variance } = tf.moments(sample);
    expect(mean.dataSync()[0]).toBeCloseTo(3, 1);
    expect(Math.abs(Math.sqrt(variance.dataSync()[0]) - 0.5)).toBeLessThan(0.015);
    expect(sampleGaussian(wide, normalTensor(key(5), [1, 20000])).dataSync()).toEqual(sample.dataSync());
    expect(sampleGaussian(wide, key(6)).dataSync()).not.toEqual(sample.dataSync());
  });

  it('gaussianKl(): is zero for the same distribution, half the squared mean for a shift, and what samples say', () => {
    expect([...gaussianKl(gaussian(), gaussian()).dataSync()].every((kl) => Math.abs(kl) < 1e-6)).toBe(true);
    const shifted = { mean: tf.tensor2d([[1, 2]]), logVariance: tf.zeros([1, 2]) };
    expect(gaussianKl(shifted).dataSync()[0]).toBeCloseTo(2.5, 5);
    const standard = { mean: tf.zeros([2, 2, 3, 2]), logVariance: tf.zeros([2, 2, 3, 2]) };
    expect(relativeError(gaussianKl(gaussian()), gaussianKl(gaussian(), standard))).toBeLessThan(1e-6);
    // KL = E log p(x) / q(x).
    const spread = (m: number, v: number) => ({ mean: tf.fill([1, 40000], m), logVariance: tf.fill([1, 40000], v) });
    const [p, q] = [spread(0.5, -1), spread(-0.2, 0.3)];
    const x = sampleGaussian(p, key(7));
    const estimate = tf.sub(gaussianNll(q, x), gaussianNll(p, x)).dataSync()[0] / 40000;
    expect(gaussianKl(p, q).dataSync()[0] / 40000).toBeCloseTo(estimate, 2);
  });

  it('gaussianNll(): is minus the logarithm of the density', () => {
    const one = { mean: tf.tensor2d([[1]]), logVariance: tf.tensor2d([[Math.log(4)]]) };
    const density = Math.exp(-((2.5 - 1) ** 2) / 8) / Math.sqrt(2 * Math.PI * 4);
    expect(gaussianNll(one, tf.tensor2d([[2.5]])).dataSync()[0]).toBeCloseTo(-Math.log(density), 5);
  });

  it('gradients are those of finite differences, and no tensor stays', async () => {
    const moments = tensorOf([2, 6], 3);
    const [noise, other] = [tensorOf([2, 3], 4), diagonalGaussian(tensorOf([2, 6], 5))];
    for (const run of [
      (x: tf.Tensor) => sampleGaussian(diagonalGaussian(x), noise),
      (x: tf.Tensor) => gaussianKl(diagonalGaussian(x)),
      (x: tf.Tensor) => gaussianKl(diagonalGaussian(x), other),
      (x: tf.Tensor) => gaussianNll(diagonalGaussian(x), noise),
    ]) {
      const { error } = await gradCheck((x) => run(x), [moments]);
      expect(error).toBeLessThan(2e-3);
      expect(leakOf(() => tf.tidy(() => run(moments)))).toBe(0);
    }
    const fixed = diagonalGaussian(moments);
    expect(leakOf(() => sampleGaussian(fixed, key(1)))).toBe(0);
    expect(leakOf(() => gaussianKl(fixed, other))).toBe(0);
    expect(leakOf(() => gaussianNll(fixed, noise))).toBe(0);
  });

  it('refuses uneven channels, bounds out of order and shapes that differ', () => {
    expect(() => diagonalGaussian(tf.zeros([2, 3]))).toThrow(/moments must be of shape \[\.\.\., 2 C\]/);
    expect(() => diagonalGaussian(tf.zeros([2, 4]), { clamp: [1, 0] })).toThrow(/clamp must be two numbers/);
    expect(() => sampleGaussian(gaussian(), tf.zeros([1]))).toThrow(/noise must be of shape \[2,2,3,2\]/);
    expect(() => gaussianNll(gaussian(), tf.zeros([1]))).toThrow(/x must be of shape/);
    expect(() => gaussianKl(gaussian(), diagonalGaussian(tf.zeros([2, 4])))).toThrow(/other must be of shape/);
    expect(() => gaussianKl({ mean: tf.zeros([2, 2]), logVariance: tf.zeros([2]) })).toThrow(/logVariance must be/);
    expect(() => gaussianKl({ mean: tf.zeros([2]), logVariance: tf.zeros([2]) })).toThrow(/mean must be of shape/);
  });
});
