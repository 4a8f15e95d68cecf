import { onEachBackend } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { namedGradients } from './named-gradients.ts';
import { Packing } from './packing.ts';

const variables = () => ({
  a: tf.variable(
    tf.tensor2d([
      [1, 2],
      [3, 4],
    ]),
  ),
  b: tf.variable(tf.scalar(5)),
  c: tf.variable(tf.tensor1d([6, 7, 8])),
});
const numbers = (named: tf.NamedTensorMap) =>
  Object.entries(named).map(([name, t]) => [name, t.shape, [...t.dataSync()]]);
const wanted = [
  ['a', [2, 2], [1, 2, 3, 4]],
  ['b', [], [5]],
  ['c', [3], [6, 7, 8]],
];

onEachBackend('Packing', () => {
  it.each([{}, { limit: 4 }, { limit: 1 }, { group: (name: string) => (name === 'b' ? 'x' : 'y') }])(
    'unpacks what it packed, in the order of the variables (%o)',
    (options) => {
      const held = variables();
      const packing = new Packing(held, options);
      const before = tf.memory().numTensors;
      const vectors = packing.values();
      const named = packing.unpack(vectors);
      expect(numbers(named)).toEqual(wanted);
      packing.assign(vectors.map((vector) => tf.keep(tf.mul(vector, 2))));
      tf.dispose([...vectors, named]);
      expect([...held.c.dataSync()]).toEqual([12, 14, 16]);
      expect(tf.memory().numTensors).toBe(before + vectors.length); // the doubled ones
    },
  );

  it('lays tensors end to end, as few vectors as groups and limit allow', () => {
    const held = variables();
    expect(new Packing(held).vectors).toEqual([{ names: ['a', 'b', 'c'], sizes: [4, 1, 3], length: 8, group: '' }]);
    expect(new Packing(held, { limit: 4 }).vectors.map(({ names }) => names)).toEqual([['a'], ['b', 'c']]);
    expect(new Packing(held, { limit: 3 }).vectors.map(({ names }) => names)).toEqual([['a'], ['b'], ['c']]);
    const wide = { ...held, d: tf.variable(tf.scalar(0)) };
    expect(new Packing(wide, { limit: 5 }).vectors.map(({ names }) => names)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    const group = (name: string) => (name === 'b' ? 'x' : 'y');
    expect(new Packing(held, { group }).vectors.map(({ names }) => names)).toEqual([['a', 'c'], ['b']]);
    expect([...new Packing(held).values()[0].dataSync()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('counts a missing tensor as zeros, and refuses one of another shape', () => {
    const packing = new Packing(variables());
    expect([...packing.pack({ b: tf.scalar(9) })[0].dataSync()]).toEqual([0, 0, 0, 0, 9, 0, 0, 0]);
    expect(() => packing.pack({ c: tf.tensor1d([1]) })).toThrow(/tensor 'c' must be of shape \[3\]/);
    expect(() => new Packing({})).toThrow(/at least one variable/);
    expect(() => new Packing({ n: tf.variable(tf.scalar(1, 'int32')) })).toThrow(/variables\['n'\] must be float32/);
  });
});

onEachBackend('namedGradients', () => {
  it('gives the derivative under the names it was given, and leaves out what the scalar does not reach', () => {
    const { b, c } = variables();
    const before = tf.memory().numTensors;
    const { value, gradients } = namedGradients(() => tf.sum(tf.square(c)) as tf.Scalar, { 'x.b': b, 'x.c': c });
    expect(value.dataSync()[0]).toBe(149);
    expect(numbers(gradients)).toEqual([['x.c', [3], [12, 14, 16]]]);
    tf.dispose([value, gradients]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves nothing behind when the function throws, and the next gradient is right', () => {
    const { c } = variables();
    const before = tf.memory().numTensors;
    const failing = () => {
      tf.exp(tf.square(c));
      throw new Error('mine');
    };
    expect(() => namedGradients(failing, { c })).toThrow('mine');
    expect(tf.memory().numTensors).toBe(before);
    const { gradients } = namedGradients(() => tf.sum(c) as tf.Scalar, { c });
    expect([...gradients.c.dataSync()]).toEqual([1, 1, 1]);
  });
});
