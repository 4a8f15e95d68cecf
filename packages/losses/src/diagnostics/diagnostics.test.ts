import { onEachBackend, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { contrastiveAccuracy } from '../pairwise/contrastive/contrastive-accuracy.ts';
import { featureStd } from './feature-std.ts';
import { meanCosine } from './mean-cosine.ts';

onEachBackend('diagnostics', () => {
  const number = (fn: () => tf.Scalar) => tf.tidy(() => fn().dataSync()[0]);
  const plusMinus = () =>
    tf.concat2d(
      [2, -5].map((length) => tf.mul(tf.eye(3), length) as tf.Tensor2D),
      0,
    );

  it('featureStd(): 0 when collapsed to one direction, 1 for rows in all directions', () => {
    expect(number(() => featureStd(tf.tensor2d([1, 2, 3, 6], [2, 2])))).toBeCloseTo(0, 3);
    expect(number(() => featureStd(plusMinus()))).toBeCloseTo(1, 5);
    expect(number(() => featureStd(tensorOf([500, 16]) as tf.Tensor2D))).toBeCloseTo(1, 1);
  });

  it('meanCosine(): 1 when collapsed, -1/(n - 1) for a simplex, the mean over pairs otherwise', () => {
    expect(number(() => meanCosine(tf.tensor2d([1, 2, 3, 6], [2, 2])))).toBeCloseTo(1, 5);
    expect(number(() => meanCosine(plusMinus()))).toBeCloseTo(-1 / 5, 5);
    expect(number(() => meanCosine(tf.tensor2d([1, 0, 0, 1, 1, 1], [3, 2])))).toBeCloseTo(Math.SQRT2 / 3, 5);
  });

  it('contrastiveAccuracy(): the share of rows whose own key is strictly nearest; collapse scores 0', () => {
    expect(number(() => contrastiveAccuracy(tf.eye(4), tf.mul(tf.eye(4), 7)))).toBe(1);
    expect(number(() => contrastiveAccuracy(tf.ones([4, 3]), tf.ones([4, 3])))).toBe(0);
    const swapped = () => tf.tensor2d([1, 0, 0, 0, 0, 1, 0, 1, 0], [3, 3]);
    expect(number(() => contrastiveAccuracy(tf.eye(3), swapped()))).toBeCloseTo(1 / 3, 6);
  });

  it('refuses a batch of one', () => {
    tf.tidy(() => {
      for (const of of [featureStd, meanCosine])
        expect(() => of(tf.ones([1, 4]))).toThrow(/z must be of shape \[B, D\]/);
      expect(() => contrastiveAccuracy(tf.ones([1, 4]), tf.ones([1, 4]))).toThrow(
        /number of keys must be an integer >= 2, got 1/,
      );
    });
  });
});
