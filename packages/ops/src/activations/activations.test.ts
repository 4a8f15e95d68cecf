import * as tf from '@tensorflow/tfjs-core';
import { gradCheck, leakOf, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import { describe, expect, it } from 'vitest';
import { gelu } from './gelu.ts';
import { geluTanh } from './gelu-tanh.ts';
import { mpSilu } from './mp-silu.ts';
import { quickGelu } from './quick-gelu.ts';
import { silu } from './silu.ts';

const xs = [-12, -5, -1, -0.1, 0, 0.1, 1, 5, 12];
// Phi(x) to 9 digits (tables), the other two from their formulas in double precision.
const gaussianCdf = [0, 2.86651572e-7, 0.158655254, 0.460172163, 0.5, 0.539827837, 0.841344746, 0.999999713, 1];
const cases = [
  { name: 'gelu', f: gelu, expected: xs.map((x, i) => x * gaussianCdf[i]) },
  {
    name: 'geluTanh',
    f: geluTanh,
    expected: xs.map((x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))),
  },
  { name: 'silu', f: silu, expected: xs.map((x) => x / (1 + Math.exp(-x))) },
  { name: 'quickGelu', f: quickGelu, expected: xs.map((x) => x / (1 + Math.exp(-1.702 * x))) },
  { name: 'mpSilu', f: mpSilu, expected: xs.map((x) => x / (1 + Math.exp(-x)) / 0.596), slope: 1 / 0.596 },
];

onEachBackend('activations', () => {
  describe.each(cases)('$name()', ({ f, expected, slope = 1 }) => {
    it('has the values of its formula, also far out, and keeps the shape', () => {
      const y = f(tf.tensor(xs, [3, 1, 3]));
      expect(y.shape).toEqual([3, 1, 3]);
      const values = y.dataSync();
      expected.forEach((value, i) => expect(Math.abs(values[i] - value)).toBeLessThan(1e-6 + 1e-6 * Math.abs(value)));
    });

    it('has the gradient of finite differences', async () => {
      expect((await gradCheck(f, [tensorOf([3, 7], 1, { scale: 3 })])).error).toBeLessThan(1e-3);
    });

    it('has half its slope far right at 0, and 0 far left', () => {
      const slopes = tf.grad((x: tf.Tensor) => tf.sum(f(x)))(tf.tensor1d([0, 14, -14]));
      expect(relativeError(slopes, [0.5 * slope, slope, 0])).toBeLessThan(2e-5);
    });

    it('has the right second derivative', async () => {
      const slope = (x: tf.Tensor) => tf.grad((x: tf.Tensor) => tf.sum(f(x)))(x);
      expect((await gradCheck(slope, [tensorOf([9], 2, { scale: 2 })])).error).toBeLessThan(2e-3);
    });

    it('leaves no tensors behind', () => {
      const x = tensorOf([5, 3]);
      expect(leakOf(() => f(x))).toBe(0);
      expect(leakOf(() => tf.grad((x: tf.Tensor) => tf.sum(f(x)))(x))).toBe(0);
    });
  });

  it('mpSilu keeps the mean square of normal numbers to half a percent', () => {
    const x = tf.linspace(-8, 8, 1601);
    const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 0.01 / Math.sqrt(2 * Math.PI));
    expect(tf.sum(tf.mul(tf.square(mpSilu(x)), density)).dataSync()[0]).toBeCloseTo(1, 2);
  });

  it('keeps the two forms of GELU apart: they differ by up to 5e-4', () => {
    const x = tf.linspace(-4, 4, 161);
    const gap = tf.max(tf.abs(tf.sub(gelu(x), geluTanh(x)))).dataSync()[0];
    expect(gap).toBeGreaterThan(4e-4);
    expect(gap).toBeLessThan(5e-4);
  });
});
