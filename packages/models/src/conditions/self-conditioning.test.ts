import { gradCheck, onEachBackend, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SelfConditioning, type SelfConditioningOptions } from './self-conditioning.ts';

const silu = (x: number) => x / (1 + Math.exp(-x));
const times = (x: number[], w: number[][], b: number[]) =>
  b.map((c, j) => x.reduce((sum, v, i) => sum + v * w[i][j], c));

onEachBackend('SelfConditioning', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  const stirred = (options: SelfConditioningOptions) => {
    const block = new SelfConditioning(options);
    Object.values(block.variables()).forEach((v, i) => v.assign(tensorOf(v.shape, i + 1)));
    return block;
  };
  const feature = () => tensorOf<tf.Rank.R3>([2, 3, 4], 20);
  const condition = () => tensorOf<tf.Rank.R2>([2, 5], 21);

  it.each(['none', 'scalar', 'vector'] as const)('is e + s (W2 silu(W1 z + b1) + b2) with scale %s', (scale) => {
    const block = stirred({ width: 4, condition: 5, scale });
    const v = Object.fromEntries(Object.entries(block.variables()).map(([name, w]) => [name, w.arraySync()])) as Record<
      string,
      never
    >;
    const h = feature().arraySync() as number[][][];
    const e = condition().arraySync() as number[][];
    const expected = e.map((row, b) => {
      const z = [0, 1, 2, 3].map((i) => (h[b][0][i] + h[b][1][i] + h[b][2][i]) / 3);
      const hidden = times(z, v['project.fc1.kernel'], v['project.fc1.bias']).map(silu);
      const u = times(hidden, v['project.fc2.kernel'], v['project.fc2.bias']);
      const s = scale === 'none' ? [0] : times(row.map(silu), v['scale.kernel'], v['scale.bias']);
      return row.map((value, j) => value + (1 + s[scale === 'vector' ? j : 0]) * u[j]);
    });
    const actual = block.forward(feature(), condition()).arraySync() as number[][];
    expected.flat().forEach((value, i) => expect(actual.flat()[i]).toBeCloseTo(value, 5));
  });

  it('with one layer is e + W z + b', () => {
    const block = stirred({ width: 4, condition: 5, depth: 1, scale: 'none' });
    const z = tf.mean(feature(), 1) as tf.Tensor2D;
    const { 'project.kernel': kernel, 'project.bias': bias } = block.variables();
    const expected = tf.add(condition(), tf.add(tf.matMul(z, kernel as tf.Tensor), bias)).dataSync();
    block
      .forward(feature(), condition())
      .dataSync()
      .forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
  });

  it('takes maps and vectors as features too', () => {
    const block = stirred({ width: 4, condition: 5 });
    const map = tf.reshape(tf.tile(tf.reshape(tensorOf([4], 3), [1, 1, 1, 4]), [2, 2, 2, 1]), [2, 2, 2, 4]);
    const vector = tf.tile(tf.reshape(tensorOf([4], 3), [1, 4]), [2, 1]);
    const expected = block.forward(vector, condition()).dataSync();
    block
      .forward(map, condition())
      .dataSync()
      .forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
  });

  it('begins as the identity on the condition, and not without zeroInit', () => {
    const identity = new SelfConditioning({ width: 4, condition: 5 });
    expect(identity.forward(feature(), condition()).dataSync()).toEqual(condition().dataSync());
    const active = new SelfConditioning({ width: 4, condition: 5, zeroInit: false });
    expect(active.forward(feature(), condition()).dataSync()).not.toEqual(condition().dataSync());
  });

  it('as a control makes u of the condition, repeated or cut to the width of the feature', () => {
    for (const width of [4, 5, 11]) {
      const block = stirred({ width, condition: 5, rerouted: false, scale: 'none' });
      const tiled = tf.slice(tf.tile(condition(), [1, 3]), [0, 0], [-1, width]) as tf.Tensor2D;
      const routed = stirred({ width, condition: 5, scale: 'none' });
      const expected = routed.forward(tiled, condition()).dataSync();
      expect(block.forward(tensorOf([2, 3, width], 30), condition()).dataSync()).toEqual(expected);
    }
  });

  it('its gradient is that of finite differences', async () => {
    const block = stirred({ width: 4, condition: 5 });
    const inputs = [feature(), condition()];
    const { error } = await gradCheck((h, e) => block.forward(h, e as tf.Tensor2D), inputs);
    expect(error).toBeLessThan(1e-3);
  });

  it('refuses unknown choices and shapes that do not fit', () => {
    expect(() => new SelfConditioning({ width: 4, depth: 3 as never })).toThrow(/depth must be one of 1, 2/);
    expect(() => new SelfConditioning({ width: 4, scale: 'matrix' as never })).toThrow(/scale must be/);
    expect(() => new SelfConditioning({ width: 4, pool: 'max' as never })).toThrow(/pool must be one of "mean", "cls"/);
    const block = new SelfConditioning({ width: 4, condition: 5 });
    expect(() => block.forward(tf.zeros([2, 3, 5]), condition())).toThrow(/feature must be/);
    expect(() => block.forward(feature(), tf.zeros([2, 4]))).toThrow(/condition must be/);
  });
});
