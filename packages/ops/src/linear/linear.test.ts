import * as tf from '@tensorflow/tfjs-core';
import { gradCheck, leakOf, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { gelu } from '../activations/gelu.ts';
import { geluTanh } from '../activations/gelu-tanh.ts';
import { silu } from '../activations/silu.ts';
import { linear, type LinearFuncOptions } from './linear.ts';

type Four = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];

onEachBackend('linear()', () => {
  it('gives x kernel + bias on a hand-computed case', () => {
    const y = linear(
      tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
      tf.tensor2d([
        [1, 0, 2],
        [10, 1, 0],
      ]),
      tf.tensor1d([0.5, 0, -1]),
    );
    expect(Array.from(y.dataSync())).toEqual([21.5, 2, 1, 43.5, 4, 5]);
  });

  it('acts on the last axis whatever the leading ones, and is linear in x', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        (leading, width, out) => {
          const shape = [...leading, width];
          const [a, b] = [tensorOf(shape, 1), tensorOf(shape, 2)];
          const kernel = tensorOf<tf.Rank.R2>([width, out], 3);
          const bias = tensorOf<tf.Rank.R1>([out], 4);
          const sum = linear(tf.add(a, b), kernel, bias);
          expect(sum.shape).toEqual([...leading, out]);
          expect(relativeError(sum, tf.add(linear(a, kernel), linear(b, kernel, bias)))).toBeLessThan(1e-5);
        },
      ),
      { numRuns: 25, seed: 5 },
    );
  });

  it('has the gradient of finite differences in x, kernel and bias', async () => {
    const f = (x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) =>
      tf.square(linear(x, kernel as tf.Tensor2D, bias as tf.Tensor1D));
    const inputs = [tensorOf([2, 3, 4], 1), tensorOf([4, 5], 2), tensorOf([5], 3)];
    expect((await gradCheck(f, inputs)).error).toBeLessThan(1e-3);
    const withoutBias = (x: tf.Tensor, kernel: tf.Tensor) => tf.square(linear(x, kernel as tf.Tensor2D));
    expect((await gradCheck(withoutBias, inputs.slice(0, 2))).error).toBeLessThan(1e-3);
  });

  it.each<[string, LinearFuncOptions['activation']]>([
    ['gelu', gelu],
    ['geluTanh', geluTanh],
    ['silu', silu],
    ['another', (x) => tf.square(x)],
    ['none', undefined],
  ])('is activation(x kernel + bias) + residual, with the same gradients: %s', async (_, activation) => {
    const inputs = [tensorOf([2, 3, 4], 1), tensorOf([4, 5], 2), tensorOf([5], 3), tensorOf([2, 3, 5], 4)];
    const apart = (x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor, residual: tf.Tensor) => {
      const product = linear(x, kernel as tf.Tensor2D, bias as tf.Tensor1D);
      return tf.add(activation ? activation(product) : product, residual);
    };
    const together = (x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor, residual: tf.Tensor) =>
      linear(x, kernel as tf.Tensor2D, bias as tf.Tensor1D, { activation, residual });
    expect(relativeError(together(...(inputs as Four)), apart(...(inputs as Four)))).toBeLessThan(1e-6);
    const dy = tensorOf([2, 3, 5], 6);
    const [ours, theirs] = [tf.grads(together)(inputs, dy), tf.grads(apart)(inputs, dy)];
    ours.forEach((gradient, i) => expect(relativeError(gradient, theirs[i])).toBeLessThan(2e-6));
    expect((await gradCheck((...all) => tf.square(together(...(all as Four))), inputs)).error).toBeLessThan(1e-3);
    expect(leakOf(() => together(...(inputs as Four)))).toBe(0);
    expect(leakOf(() => tf.grads(together)(inputs, dy))).toBe(0);
  });

  it('trains variables and leaves no tensors behind', () => {
    const x = tensorOf([3, 4]);
    const kernel = tf.variable(tensorOf<tf.Rank.R2>([4, 2]));
    const bias = tf.variable(tf.zeros<tf.Rank.R1>([2]));
    const loss = () => tf.sum(linear(x, kernel, bias)) as tf.Scalar;
    const { grads } = tf.variableGrads(loss, [kernel, bias]);
    expect(Array.from(grads[bias.name].dataSync())).toEqual([3, 3]);
    expect(leakOf(() => linear(x, kernel, bias))).toBe(0);
    expect(leakOf(() => ({ ...tf.variableGrads(loss, [kernel, bias]) }))).toBe(0);
  });

  it('refuses shapes that do not fit', () => {
    const kernel = tensorOf<tf.Rank.R2>([3, 2]);
    expect(() => linear(tensorOf([2, 4]), kernel)).toThrow(
      /linear: x must be of shape \[\.\.\., 3\], got float32 tensor of shape \[2, 4\]/,
    );
    expect(() => linear(tf.scalar(1), kernel)).toThrow(/linear: x must/);
    expect(() => linear(tensorOf([2, 3]), kernel, tf.zeros([3]))).toThrow(/linear: bias must be of shape \[2\]/);
    expect(() => linear(tensorOf([2, 3]), tensorOf([3]) as unknown as tf.Tensor2D)).toThrow(/linear: kernel must be/);
    const residual = tf.zeros([3, 2]);
    expect(() => linear(tensorOf([2, 3]), kernel, null, { residual })).toThrow(
      /linear: residual must be of shape \[2, 2\]/,
    );
    const activation = 'gelu' as unknown as LinearFuncOptions['activation'];
    expect(() => linear(tensorOf([2, 3]), kernel, null, { activation })).toThrow(
      /linear: activation must be a function/,
    );
  });
});
