import * as tf from '@tensorflow/tfjs-core';
import { gradCheck, leakOf, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { composedLayerNorm } from './composed-layer-norm.ts';
import { layerNorm } from './layer-norm.ts';

/** The definition, in double precision. */
function reference(x: Float32Array, width: number, epsilon: number, gamma?: Float32Array, beta?: Float32Array) {
  return Array.from(x, (_, i) => {
    const start = i - (i % width);
    const row = Array.from(x.subarray(start, start + width));
    const mean = row.reduce((sum, v) => sum + v, 0) / width;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / width;
    return ((x[i] - mean) / Math.sqrt(variance + epsilon)) * (gamma?.[i % width] ?? 1) + (beta?.[i % width] ?? 0);
  });
}

onEachBackend('layerNorm()', () => {
  it('follows its definition for any shape, with and without scale and shift', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
        fc.integer({ min: 1, max: 19 }),
        fc.boolean(),
        fc.boolean(),
        async (leading, width, scaled, shifted) => {
          const x = tensorOf([...leading, width], width, { scale: 3, offset: 1 });
          const gamma = scaled ? tensorOf<tf.Rank.R1>([width], 5) : null;
          const beta = shifted ? tensorOf<tf.Rank.R1>([width], 6) : null;
          const y = layerNorm(x, gamma, beta, { epsilon: 1e-3 });
          const [values, g, b] = [x, gamma, beta].map((t) => t?.dataSync() as Float32Array);
          expect(y.shape).toEqual(x.shape);
          expect(relativeError(y, reference(values, width, 1e-3, g, b))).toBeLessThan(2e-5);
        },
      ),
      { numRuns: 25, seed: 3 },
    );
  });

  it('has epsilon inside the root, default 1e-5: for inputs of 1e-3 it decides the result', () => {
    // mean 0, variance 1e-6: 1e-3 / sqrt(1.1e-5) and 1e-3 / sqrt(2e-6)
    const x = tf.tensor2d([[-1e-3, 1e-3]]);
    const expected = 1e-3 / Math.sqrt(1.1e-5);
    expect(relativeError(layerNorm(x, null, null), [-expected, expected])).toBeLessThan(1e-6);
    expect(relativeError(layerNorm(x, null, null, { epsilon: 1e-6 }), [-Math.SQRT1_2, Math.SQRT1_2])).toBeLessThan(
      1e-6,
    );
  });

  it('gives a constant row shift alone, and a finite gradient', () => {
    const x = tf.fill([2, 3], 7);
    const beta = tf.tensor1d([1, 2, 3]);
    expect(relativeError(layerNorm(x, tf.ones([3]), beta), [1, 2, 3, 1, 2, 3])).toBeLessThan(1e-6);
    const dx = tf.grad((x: tf.Tensor) => layerNorm(x, null, null))(x, tensorOf([2, 3]));
    expect(dx.dataSync().every(Number.isFinite)).toBe(true);
  });

  it.each([
    ['scale and shift', true, true],
    ['scale alone', true, false],
    ['shift alone', false, true],
    ['neither', false, false],
  ])('has the gradient of finite differences in all arguments: %s', async (_, scaled, shifted) => {
    const inputs = [tensorOf([2, 3, 5], 1), scaled && tensorOf([5], 2), shifted && tensorOf([5], 3)].filter(
      (t) => t !== false,
    );
    const f = (x: tf.Tensor, ...weights: tf.Tensor[]) => {
      const gamma = scaled ? (weights.shift() as tf.Tensor1D) : null;
      const beta = shifted ? (weights.shift() as tf.Tensor1D) : null;
      return layerNorm(x, gamma, beta, { epsilon: 0.1 });
    };
    expect((await gradCheck(f, inputs)).error).toBeLessThan(1e-3);
  });

  it('has the gradient that tfjs derives from the formula', () => {
    const x = tensorOf<tf.Rank.R2>([6, 11], 1, { scale: 2, offset: 0.5 });
    const gamma = tensorOf<tf.Rank.R1>([11], 2);
    const beta = tensorOf<tf.Rank.R1>([11], 3);
    const dy = tensorOf([6, 11], 4);
    const formula = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => {
      const centred = tf.sub(x, tf.mean(x, 1, true));
      const rstd = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), 1e-5));
      return tf.add(tf.mul(tf.mul(centred, rstd), gamma), beta);
    };
    const expected = tf.grads(formula)([x, gamma, beta], dy);
    const as1d = (weight: tf.Tensor) => weight as tf.Tensor1D;
    const ours = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) => layerNorm(x, as1d(g), as1d(b));
    const bare = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) =>
      composedLayerNorm(x as tf.Tensor2D, as1d(g), as1d(b), 1e-5);
    const actual = tf.grads(ours)([x, gamma, beta], dy);
    const composed = tf.grads(bare)([x, gamma, beta], dy);
    expected.forEach((gradient, i) => {
      expect(relativeError(actual[i], gradient)).toBeLessThan(1e-5);
      expect(relativeError(composed[i], gradient)).toBeLessThan(1e-5);
    });
  });

  it('has the right second derivative', async () => {
    const dy = tensorOf([2, 5], 9);
    const slope = (x: tf.Tensor, gamma: tf.Tensor) =>
      tf.grad((x: tf.Tensor) => layerNorm(x, gamma as tf.Tensor1D, null, { epsilon: 0.1 }))(x, dy);
    expect((await gradCheck(slope, [tensorOf([2, 5], 1), tensorOf([5], 2)])).error).toBeLessThan(2e-3);
  });

  it('leaves no tensors behind, in the forward and in the backward pass', () => {
    const x = tensorOf([4, 6]);
    const gamma = tf.variable(tensorOf<tf.Rank.R1>([6]));
    const beta = tf.variable(tensorOf<tf.Rank.R1>([6]));
    expect(leakOf(() => layerNorm(x, gamma, beta))).toBe(0);
    const loss = () => tf.sum(tf.square(layerNorm(x, gamma, beta))) as tf.Scalar;
    expect(leakOf(() => ({ ...tf.variableGrads(loss, [gamma, beta]) }))).toBe(0);
  });

  it('refuses shapes that do not fit and an epsilon that is not positive', () => {
    const x = tensorOf([2, 3]);
    expect(() => layerNorm(tf.scalar(1), null, null)).toThrow('layerNorm: x must be of shape [..., D]');
    expect(() => layerNorm(x, tf.ones([4]), null)).toThrow(/layerNorm: gamma must be of shape \[3\]/);
    expect(() => layerNorm(x, null, tf.ones([1]))).toThrow(/layerNorm: beta must be of shape \[3\]/);
    expect(() => layerNorm(x, null, null, { epsilon: 0 })).toThrow(
      /layerNorm: epsilon must be a finite number > 0, got 0/,
    );
    expect(() => layerNorm(x, null, null, { epsilon: NaN })).toThrow(/epsilon/);
  });
});
