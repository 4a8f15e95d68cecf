import { leakOf, onEachBackend } from '@diptych/test-utils/ops';
import { expectClose } from '@diptych/test-utils/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { clipByGlobalNorm } from './clip-by-global-norm.ts';
import { clipByParameterNorm } from './clip-by-parameter-norm.ts';
import { clipByValue } from './clip-by-value.ts';
import { globalNorm } from './global-norm.ts';

const gradients = () => ({ a: tf.tensor2d([[3, 0]]), b: tf.tensor1d([0, -4, 0]) });

onEachBackend('globalNorm', () => {
  it('is the norm of all numbers as one vector', () => {
    const tensors = Object.values(gradients());
    expect(globalNorm(tensors).dataSync()[0]).toBe(5);
    expect(globalNorm(tensors, { order: 1 }).dataSync()[0]).toBe(7);
    expect(globalNorm(tensors, { order: Infinity }).dataSync()[0]).toBe(4);
    expect(globalNorm(tensors, { order: 3 }).dataSync()[0]).toBeCloseTo((27 + 64) ** (1 / 3), 5);
    expect(leakOf(() => globalNorm(tensors, { order: Infinity }))).toBe(0);
  });

  it.each([1, 2, 3, Infinity])('of order %s is not finite when one number is not', (order) => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      for (const at of [0, 2]) {
        const values = [1, 2, 3].map((v, i) => (i === at ? bad : v));
        const norm = globalNorm([tf.tensor1d([5, 6]), tf.tensor1d(values)], { order }).dataSync()[0];
        expect([bad, at, Number.isFinite(norm)]).toEqual([bad, at, false]);
      }
    }
  });
});

onEachBackend('clipping', () => {
  it('by the global norm keeps the direction, and leaves short gradients alone', () => {
    const { gradients: short, norm } = clipByGlobalNorm(1)(gradients());
    expectClose([...short.a.dataSync(), ...short.b.dataSync()], [0.6, 0, 0, -0.8, 0], { rtol: 1e-6 });
    expect(norm.dataSync()[0]).toBe(5);
    expect([...clipByGlobalNorm(6)(gradients()).gradients.b.dataSync()]).toEqual([0, -4, 0]);
  });

  it('by value cuts every number, and still reports the norm before', () => {
    const { gradients: cut, norm } = clipByValue(0.5)(gradients());
    expect([...cut.a.dataSync(), ...cut.b.dataSync()]).toEqual([0.5, 0, 0, -0.5, 0]);
    expect(norm.dataSync()[0]).toBe(5);
  });

  it('by the norm of each parameter leaves the others alone', () => {
    const { gradients: each, norm } = clipByParameterNorm(3.5)(gradients());
    expectClose([...each.a.dataSync(), ...each.b.dataSync()], [3, 0, 0, -3.5, 0], { rtol: 1e-6 });
    expect([...norm.dataSync()]).toEqual([3, 4]);
  });

  it.each([clipByGlobalNorm(1), clipByGlobalNorm(1, { order: Infinity }), clipByValue(1), clipByParameterNorm(1)])(
    'leaves no tensor behind, keeps shapes, and takes zeros for what they are (%#)',
    (clip) => {
      const input = gradients();
      expect(leakOf(() => clip(input))).toBe(0);
      const zeros = clip({ z: tf.zeros([2, 2]) }).gradients.z;
      expect([zeros.shape, [...zeros.dataSync()]]).toEqual([
        [2, 2],
        [0, 0, 0, 0],
      ]);
      expect(input.a.isDisposed).toBe(false);
    },
  );
});

describe('clipping refuses', () => {
  it('limits that are not positive, other norms, and nothing at all', () => {
    for (const limit of [0, -1, NaN]) {
      expect(() => clipByGlobalNorm(limit)).toThrow(/clipByGlobalNorm: maxNorm must be a number > 0/);
      expect(() => clipByValue(limit)).toThrow(/clipByValue: limit must be a number > 0/);
      expect(() => clipByParameterNorm(limit)).toThrow(/clipByParameterNorm: maxNorm must be a number > 0/);
    }
    expect(() => globalNorm([tf.scalar(1)], { order: 0.5 })).toThrow(/order must be a number >= 1, got 0.5/);
    expect(() => globalNorm([])).toThrow(/at least one tensor/);
  });
});
