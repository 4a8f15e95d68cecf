import * as tf from '@tensorflow/tfjs-core';
import { gradCheck, leakOf, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { composedGroupNorm } from './composed-group-norm.ts';
import { groupNorm } from './group-norm.ts';
import { layerNorm } from './layer-norm.ts';

/** The definition, in double precision: for each number the mean and variance of its sample and group. */
function reference(
  x: Float32Array,
  { batch, channels, groups, epsilon }: { batch: number; channels: number; groups: number; epsilon: number },
  gamma?: Float32Array,
  beta?: Float32Array,
) {
  const cell = (i: number) => {
    const sample = Math.floor(i / (x.length / batch));
    return sample * groups + Math.floor((i % channels) / (channels / groups));
  };
  const cells: number[][] = Array.from({ length: batch * groups }, () => []);
  x.forEach((value, i) => cells[cell(i)].push(value));
  const mean = cells.map((values) => values.reduce((sum, v) => sum + v, 0) / values.length);
  const variance = cells.map((values, k) => values.reduce((sum, v) => sum + (v - mean[k]) ** 2, 0) / values.length);
  return Array.from(x, (value, i) => {
    const [k, channel] = [cell(i), i % channels];
    return ((value - mean[k]) / Math.sqrt(variance[k] + epsilon)) * (gamma?.[channel] ?? 1) + (beta?.[channel] ?? 0);
  });
}

onEachBackend('groupNorm()', () => {
  it('follows its definition for any shape and any groups, with and without scale and shift', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 2 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 2, max: 5 }),
        fc.boolean(),
        fc.boolean(),
        async (batch, places, groups, size, scaled, shifted) => {
          const channels = groups * size;
          const x = tensorOf([batch, ...places, channels], channels, { scale: 3, offset: 1 });
          const gamma = scaled ? tensorOf<tf.Rank.R1>([channels], 5) : null;
          const beta = shifted ? tensorOf<tf.Rank.R1>([channels], 6) : null;
          const y = groupNorm(x, gamma, beta, { groups, epsilon: 1e-3 });
          const [values, g, b] = [x, gamma, beta].map((t) => t?.dataSync() as Float32Array);
          expect(y.shape).toEqual(x.shape);
          const expected = reference(values, { batch, channels, groups, epsilon: 1e-3 }, g, b);
          expect(relativeError(y, expected)).toBeLessThan(2e-5);
        },
      ),
      { numRuns: 25, seed: 3 },
    );
  });

  it('is layer norm over the whole sample with one group', () => {
    const x = tensorOf([2, 3, 5, 4], 1, { scale: 2, offset: 1 });
    const rows = tf.reshape(x, [2, 60]) as tf.Tensor2D;
    const expected = layerNorm(rows, null, null);
    expect(relativeError(groupNorm(x, null, null, { groups: 1 }), expected.dataSync())).toBeLessThan(1e-5);
  });

  it('has 32 groups and epsilon 1e-5 by default, inside the root: for inputs of 1e-3 it decides the result', () => {
    // Pairs of neighbours: mean 0, variance 1e-6: 1e-3 / sqrt(1.1e-5).
    const x = tf.tensor2d(
      Array.from({ length: 64 }, (_, i) => (i % 2 ? 1e-3 : -1e-3)),
      [1, 64],
    );
    const expected = Array.from({ length: 64 }, (_, i) => ((i % 2 ? 1 : -1) * 1e-3) / Math.sqrt(1.1e-5));
    expect(relativeError(groupNorm(x, null, null), expected)).toBeLessThan(1e-6);
  });

  it('keeps the variance of images far from zero', () => {
    const x = tensorOf([2, 7, 6], 1, { offset: 1000 });
    const near = groupNorm(tf.sub(x, 1000), null, null, { groups: 2 });
    expect(relativeError(groupNorm(x, null, null, { groups: 2 }), near.dataSync())).toBeLessThan(1e-3);
  });

  it('gives a constant image shift alone, and a finite gradient', () => {
    const x = tf.fill([2, 3, 4], 7);
    const beta = tf.tensor1d([1, 2, 3, 4]);
    const y = groupNorm(x, tf.ones([4]), beta, { groups: 2 });
    expect(relativeError(y, tf.tile(beta, [6]).dataSync())).toBeLessThan(1e-6);
    const dx = tf.grad((x: tf.Tensor) => groupNorm(x, null, null, { groups: 2 }))(x, tensorOf([2, 3, 4]));
    expect(dx.dataSync().every(Number.isFinite)).toBe(true);
  });

  it.each([
    ['scale and shift', true, true],
    ['scale alone', true, false],
    ['shift alone', false, true],
    ['neither', false, false],
  ])('has the gradient of finite differences in all arguments: %s', async (_, scaled, shifted) => {
    const inputs = [tensorOf([2, 2, 2, 6], 1), scaled && tensorOf([6], 2), shifted && tensorOf([6], 3)].filter(
      (t) => t !== false,
    );
    const f = (x: tf.Tensor, ...weights: tf.Tensor[]) => {
      const gamma = scaled ? (weights.shift() as tf.Tensor1D) : null;
      const beta = shifted ? (weights.shift() as tf.Tensor1D) : null;
      return groupNorm(x, gamma, beta, { groups: 2, epsilon: 0.1 });
    };
    expect((await gradCheck(f, inputs)).error).toBeLessThan(1e-3);
  });

  it('has the gradient that tfjs derives from the formula', () => {
    const x = tensorOf<tf.Rank.R3>([3, 5, 6], 1, { scale: 2, offset: 0.5 });
    const gamma = tensorOf<tf.Rank.R1>([6], 2);
    const beta = tensorOf<tf.Rank.R1>([6], 3);
    const dy = tensorOf([3, 5, 6], 4);
    const formula = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => {
      const cells = tf.reshape(x, [3, 5, 2, 3]);
      const centred = tf.sub(cells, tf.mean(cells, [1, 3], true));
      const rstd = tf.rsqrt(tf.add(tf.mean(tf.square(centred), [1, 3], true), 1e-5));
      return tf.add(tf.mul(tf.reshape(tf.mul(centred, rstd), [3, 5, 6]), gamma), beta);
    };
    const expected = tf.grads(formula)([x, gamma, beta], dy);
    const as1d = (weight: tf.Tensor) => weight as tf.Tensor1D;
    const ours = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) => groupNorm(x, as1d(g), as1d(b), { groups: 2 });
    const bare = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) =>
      composedGroupNorm(x as tf.Tensor3D, as1d(g), as1d(b), 2, 1e-5);
    const actual = tf.grads(ours)([x, gamma, beta], dy);
    const composed = tf.grads(bare)([x, gamma, beta], dy);
    expected.forEach((gradient, i) => {
      expect(relativeError(actual[i], gradient)).toBeLessThan(1e-5);
      expect(relativeError(composed[i], gradient)).toBeLessThan(1e-5);
    });
  });

  it('has the right second derivative', async () => {
    const dy = tensorOf([2, 2, 4], 9);
    const slope = (x: tf.Tensor, gamma: tf.Tensor) =>
      tf.grad((x: tf.Tensor) => groupNorm(x, gamma as tf.Tensor1D, null, { groups: 2, epsilon: 0.1 }))(x, dy);
    expect((await gradCheck(slope, [tensorOf([2, 2, 4], 1), tensorOf([4], 2)])).error).toBeLessThan(2e-3);
  });

  it('leaves no tensors behind, in the forward and in the backward pass', () => {
    const x = tensorOf([2, 3, 6]);
    const gamma = tf.variable(tensorOf<tf.Rank.R1>([6]));
    const beta = tf.variable(tensorOf<tf.Rank.R1>([6]));
    expect(leakOf(() => groupNorm(x, gamma, beta, { groups: 3 }))).toBe(0);
    const loss = () => tf.sum(tf.square(groupNorm(x, gamma, beta, { groups: 3 }))) as tf.Scalar;
    expect(leakOf(() => ({ ...tf.variableGrads(loss, [gamma, beta]) }))).toBe(0);
  });

  it('refuses shapes that do not fit, groups that do not divide and an epsilon that is not positive', () => {
    const x = tensorOf([2, 3, 4]);
    const groups = 2;
    expect(() => groupNorm(tf.ones([4]), null, null)).toThrow(/groupNorm: x must be of shape \[B, ..., C\]/);
    expect(() => groupNorm(x, null, null)).toThrow(/groupNorm: groups must be a divisor of the 4 channels, got 32/);
    expect(() => groupNorm(x, null, null, { groups: 0 })).toThrow(/groups/);
    expect(() => groupNorm(x, null, null, { groups: 1.5 })).toThrow(/groups/);
    expect(() => groupNorm(x, tf.ones([3]), null, { groups })).toThrow(/groupNorm: gamma must be of shape \[4\]/);
    expect(() => groupNorm(x, null, tf.ones([1]), { groups })).toThrow(/groupNorm: beta must be of shape \[4\]/);
    expect(() => groupNorm(x, null, null, { groups, epsilon: 0 })).toThrow(
      /groupNorm: epsilon must be a finite number > 0/,
    );
  });
});
