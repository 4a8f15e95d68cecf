import * as tf from '@tensorflow/tfjs-core';
import { onEachBackend } from '@diptych/test-utils/ops';
import { expect, it } from 'vitest';
import { DiptychError } from '@diptych/formats/errors';
import { crossEntropy } from './cross-entropy.ts';

onEachBackend('crossEntropy()', () => {
  it('is log 2 for two even logits, and nothing for a certain answer that is right', async () => {
    const before = tf.memory().numTensors;
    const y = tf.tidy(() => crossEntropy(tf.tensor3d([0, 1, 1, 0], [1, 2, 2]), tf.tensor3d([0, 0, 90, 0], [1, 2, 2])));
    expect(y.shape).toEqual([1, 2]);
    const [even, certain] = await y.data();
    expect(even).toBeCloseTo(Math.LN2, 6);
    expect(Math.abs(certain)).toBeLessThan(1e-6);
    y.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses operands of different shapes, and scalars', () => {
    tf.tidy(() => {
      const refusal = expect.toSatisfy(DiptychError.isInstance);
      expect(() => crossEntropy(tf.zeros([2]), tf.zeros([3]))).toThrowError(refusal);
      expect(() => crossEntropy(tf.scalar(1), tf.scalar(1))).toThrowError(refusal);
    });
  });
});
