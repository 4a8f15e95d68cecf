import * as tf from '@tensorflow/tfjs-core';
import { leakOf, onEachBackend, tensorOf } from '@diptych/test-utils/ops';
import { expect, it } from 'vitest';
import { DiptychError } from '@diptych/formats/errors';
import { stopGradient } from './stop-gradient.ts';
import { withValues } from './with-values.ts';
import { withoutGradient } from './without-gradient.ts';

const numbers = (x: tf.Tensor) => Array.from(x.dataSync());

onEachBackend('stopGradient()', () => {
  it('has the values of its argument and counts as a constant', () => {
    expect(numbers(tf.grad((x: tf.Tensor) => tf.sum(tf.mul(x, stopGradient(x))))(tf.tensor1d([3, -2])))).toEqual([
      3, -2,
    ]);
  });

  it('ends the backward pass: nothing upstream is differentiated', () => {
    let visits = 0;
    const watched = tf.customGrad((x) => ({
      value: tf.clone(x as tf.Tensor),
      gradFunc: (dy) => (visits++, tf.clone(dy)),
    }));
    const f = (x: tf.Tensor) => tf.sum(tf.add(x, stopGradient(watched(x))));
    expect(numbers(tf.grad(f)(tf.tensor1d([1, 2])))).toEqual([1, 1]);
    expect(visits).toBe(0);
  });

  it('leaves no tensors behind', () => {
    const x = tensorOf([3]);
    expect(leakOf(() => stopGradient(x))).toBe(0);
    expect(leakOf(() => tf.grad((x: tf.Tensor) => tf.sum(tf.mul(x, stopGradient(x))))(x))).toBe(0);
  });
});

onEachBackend('withoutGradient()', () => {
  it('makes what fn computes a constant, in nested results too', () => {
    const f = (x: tf.Tensor) => {
      const { deep } = withoutGradient(() => ({ deep: [tf.square(x)] }));
      return tf.sum(tf.mul(x, deep[0]));
    };
    expect(numbers(tf.grad(f)(tf.scalar(3)))).toEqual([9]); // 27 with the path through deep
  });

  it('returns tensors that belong to the scope around, and disposes the intermediates', () => {
    const x = tensorOf([4]);
    const before = tf.memory().numTensors;
    const y = withoutGradient(() => tf.exp(tf.square(tf.neg(x))));
    expect(tf.memory().numTensors).toBe(before + 1);
    y.dispose();
    tf.tidy(() => {
      withoutGradient(() => [tf.neg(x), tf.exp(x)]);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('saves no activations while a gradient is recorded', () => {
    const x = tf.variable(tensorOf([4]));
    const f = () => {
      const before = tf.memory().numTensors;
      const target = withoutGradient(() => tf.exp(tf.square(tf.square(x))));
      expect(tf.memory().numTensors).toBe(before + 1);
      return tf.sum(tf.mul(x, target)) as tf.Scalar;
    };
    expect(leakOf(() => ({ ...tf.variableGrads(f, [x]) }))).toBe(0);
  });

  it('lets gradients be recorded again afterwards, also when fn throws', () => {
    expect(() =>
      withoutGradient(() => {
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(numbers(tf.grad((x: tf.Tensor) => tf.sum(tf.square(x)))(tf.scalar(3)))).toEqual([6]);
  });
});

onEachBackend('withValues()', () => {
  const setUp = () => {
    const a = tf.variable(tf.tensor1d([1, 2]));
    const b = tf.variable(tf.scalar(10));
    return { variables: { a, b }, values: { a: tf.tensor1d([5, 6]) } };
  };

  it('refuses values and variables that are disposed, before anything is changed', () => {
    const [a, b] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
    const [lent, gone] = [tf.scalar(5), tf.scalar(6)];
    gone.dispose();
    const run = (values: Record<string, tf.Tensor>) => () => withValues({ a, b }, values, () => undefined);
    expect(run({ a: lent, b: gone })).toThrow(
      'withValues: values["b"] must be a tensor that is not disposed (of a running average: clone what is kept beyond the next step)',
    );
    expect([...numbers(a), ...numbers(b)]).toEqual([1, 2]);
    b.dispose();
    expect(run({ b: lent })).toThrow('withValues: variables["b"] must be not disposed');
    tf.dispose([a, lent]);
  });

  it('lends the variables other values and puts the old ones back, without copies', () => {
    const { variables, values } = setUp();
    const { numDataBuffers } = tf.memory();
    const inside = withValues(variables, values, () => {
      expect(tf.memory().numDataBuffers).toBe(numDataBuffers);
      return numbers(variables.a).concat(numbers(variables.b));
    });
    expect(inside).toEqual([5, 6, 10]);
    expect(numbers(variables.a)).toEqual([1, 2]);
    expect(numbers(values.a)).toEqual([5, 6]);
  });

  it('restores when fn throws, and when it is async says so', () => {
    const { variables, values } = setUp();
    const fail = () => {
      throw new Error('inside');
    };
    expect(() => withValues(variables, values, fail)).toThrow('inside');
    expect(() => withValues(variables, values, () => Promise.resolve(1))).toThrow(/withValues: fn must be synchronous/);
    expect(numbers(variables.a)).toEqual([1, 2]);
  });

  it('restores a variable that is listed under two names', () => {
    const { variables } = setUp();
    const tied = { x: variables.a, y: variables.a };
    const inside = withValues(tied, { x: tf.tensor1d([3, 3]), y: tf.tensor1d([4, 4]) }, () => numbers(variables.a));
    expect(inside).toEqual([4, 4]);
    expect(numbers(variables.a)).toEqual([1, 2]);
  });

  it('nests', () => {
    const { variables, values } = setUp();
    const seen = withValues(variables, values, () => {
      const inner = withValues(variables, { a: tf.tensor1d([7, 8]) }, () => numbers(variables.a));
      return [...inner, ...numbers(variables.a)];
    });
    expect(seen).toEqual([7, 8, 5, 6]);
    expect(numbers(variables.a)).toEqual([1, 2]);
  });

  it('inside a gradient leaves what is saved before and after untouched', () => {
    const { variables, values } = setUp();
    const { a } = variables;
    const loss = () => {
      const before = tf.square(a); // saves a = [1, 2]
      const teacher = withoutGradient(() => withValues(variables, values, () => tf.clone<tf.Tensor>(a)));
      return tf.sum(tf.add(before, tf.mul(teacher, tf.square(a)))) as tf.Scalar;
    };
    // d/da (a^2 + t a^2) = 2 a (1 + t), t = [5, 6]
    expect(numbers(tf.variableGrads(loss, [a]).grads[a.name])).toEqual([12, 28]);
    expect(leakOf(() => ({ ...tf.variableGrads(loss, [a]) }))).toBe(0);
  });

  it('gives the gradient at the values lent, when fn itself is differentiated', () => {
    const { variables, values } = setUp();
    const loss = () => withValues(variables, values, () => tf.sum(tf.square(variables.a)) as tf.Scalar);
    expect(numbers(tf.variableGrads(loss, [variables.a]).grads[variables.a.name])).toEqual([10, 12]);
  });

  it('leaves no tensors behind', () => {
    const { variables, values } = setUp();
    expect(leakOf(() => withValues(variables, values, () => tf.square(variables.a)))).toBe(0);
  });

  it('refuses unknown names, other shapes and dtypes, before anything is changed', () => {
    const { variables } = setUp();
    const run = (values: Record<string, tf.Tensor>) => withValues(variables, values, () => 0);
    expect(() => run({ a: tf.tensor1d([0, 0]), c: tf.scalar(1) })).toThrow(
      /withValues: values must be named like the variables \(a, b\), got "c"/,
    );
    expect(() => run({ a: tf.tensor1d([0, 0]), b: tf.zeros([1]) })).toThrow(
      /values\["b"\] must be a float32 tensor of shape \[\]/,
    );
    expect(() => run({ a: tf.tensor1d([0, 0], 'int32') })).toThrow(DiptychError);
    expect(numbers(variables.a)).toEqual([1, 2]);
  });
});
