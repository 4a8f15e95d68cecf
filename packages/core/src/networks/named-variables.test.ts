import { leakOf, onEachBackend } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { lerpVariables, prefixed } from './named-variables.ts';

const pair = (value: number, count: number) => ({
  w: tf.variable(tf.tensor1d([value, 2 * value])),
  n: tf.variable(tf.scalar(count, 'int32'), false),
});

onEachBackend('prefixed()', () => {
  it('puts the prefix and a dot before every name, in the same order, on the same variables', () => {
    const variables = pair(1, 2);
    expect(Object.keys(prefixed('network', variables))).toEqual(['network.w', 'network.n']);
    expect(prefixed('a', prefixed('b', variables))['a.b.w']).toBe(variables.w);
    tf.dispose(variables);
  });
});

onEachBackend('lerpVariables()', () => {
  it('goes the share of the way, copies integers, leaves the goal alone, leaks nothing', () => {
    const [from, to] = [pair(1, 3), pair(5, 8)];
    expect(leakOf(() => lerpVariables(from, to, 0.25))).toBe(0);
    expect(Array.from(from.w.dataSync())).toEqual([2.75, 5.5]); // twice a quarter of the way: the leak is counted on a second run
    expect([from.n.dataSync()[0], from.n.dtype]).toEqual([8, 'int32']);
    lerpVariables(from, to, 0);
    expect(Array.from(from.w.dataSync())).toEqual([2.75, 5.5]);
    lerpVariables(from, to, 1);
    expect(Array.from(from.w.dataSync())).toEqual([5, 10]);
    expect([...to.w.dataSync(), ...to.n.dataSync()]).toEqual([5, 10, 8]);
    tf.dispose([from, to]);
  });

  it('copies exactly at share 1, also between numbers of very different size', () => {
    const [from, to] = [{ w: tf.variable(tf.scalar(1e8)) }, { w: tf.variable(tf.scalar(0.1)) }];
    lerpVariables(from, to, 1);
    expect(from.w.dataSync()[0]).toBe(Math.fround(0.1));
    tf.dispose([from, to]);
  });

  it('refuses shares outside [0, 1], a missing name and another shape, before it moves anything', () => {
    const [from, to] = [pair(1, 3), pair(5, 8)];
    expect(() => lerpVariables(from, to, 1.1)).toThrow('lerpVariables: share must be a number in [0, 1], got 1.1');
    expect(() => lerpVariables(from, to, NaN)).toThrow(/share/);
    expect(() => lerpVariables(from, { w: to.w }, 0.5)).toThrow(
      'lerpVariables: to must be variables named like those of from, got "n"',
    );
    const wide = { ...to, n: tf.variable(tf.tensor1d([1, 2], 'int32')) };
    expect(() => lerpVariables(from, wide, 0.5)).toThrow(
      'lerpVariables: n of to must be of shape [], got int32 tensor',
    );
    expect([...from.w.dataSync(), ...from.n.dataSync()]).toEqual([1, 2, 3]);
    tf.dispose([from, to, wide]);
  });
});
