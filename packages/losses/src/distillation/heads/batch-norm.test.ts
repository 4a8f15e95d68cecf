import { gradCheck, leakOf, onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { BatchNorm } from './batch-norm.ts';

onEachBackend('BatchNorm', () => {
  const x = () => tf.tensor2d([1, 10, 3, 10, 5, 40], [3, 2]); // means 3, 20; variances 8/3, 200, unbiased 4, 300

  it('normalizes with the biased batch variance and moves the running statistics by 0.1 with the unbiased one', () => {
    const norm = new BatchNorm(2);
    tf.tidy(() => {
      const y = Array.from(norm.apply(x(), { training: true }).dataSync());
      const s = [Math.sqrt(8 / 3 + 1e-5), Math.sqrt(200 + 1e-5)] as const;
      expect(relativeError(y, [-2 / s[0], -10 / s[1], 0, -10 / s[1], 2 / s[0], 20 / s[1]])).toBeLessThan(1e-6);
      const { mean, variance } = norm.variables();
      expect(relativeError(mean!, [0.3, 2])).toBeLessThan(1e-6);
      expect(relativeError(variance!, [0.9 + 0.4, 0.9 + 30])).toBeLessThan(1e-6);
    });
    norm.dispose();
  });

  it('uses the running statistics, scale and shift outside training, and leaves them alone', () => {
    const norm = new BatchNorm(2, { epsilon: 0 });
    tf.tidy(() => {
      const { gamma, beta, mean, variance } = norm.variables();
      for (const [variable, values] of [
        [gamma, [2, 3]],
        [beta, [1, 0]],
        [mean, [1, 10]],
        [variance, [4, 25]],
      ] as const) {
        variable!.assign(tf.tensor1d([...values]));
      }
      const y = norm.apply(x(), { training: false });
      expect(relativeError(y, [1, 0, 3, 0, 5, 18])).toBeLessThan(1e-6);
      expect(Array.from(mean!.dataSync())).toEqual([1, 10]);
    });
    norm.dispose();
  });

  it('has the gradients that finite differences find, and leaks nothing', async () => {
    const norm = new BatchNorm(3);
    const input = tensorOf([6, 3], 3);
    const f = (of: tf.Tensor) => norm.apply(of as tf.Tensor2D, { training: true });
    expect((await gradCheck(f, [input], { step: 0.02 })).error).toBeLessThan(2e-3);
    expect(leakOf(() => tf.grad(f)(input))).toBe(0);
    input.dispose();
    const before = tf.memory().numTensors;
    norm.dispose();
    expect(before - tf.memory().numTensors).toBe(4);
  });

  it('refuses a training batch of one, another width, bad options', () => {
    const norm = new BatchNorm(2, { affine: false });
    expect(Object.keys(norm.trainableVariables())).toEqual([]);
    tf.tidy(() => {
      expect(() => norm.apply(tf.ones([1, 2]), { training: true })).toThrow(
        /BatchNorm.apply: x must be a batch of at least 2/,
      );
      expect(() => norm.apply(tf.ones([4, 3]), { training: false })).toThrow(
        /BatchNorm.apply: x must be of shape \[B, 2\]/,
      );
      expect(() => new BatchNorm(0)).toThrow(/BatchNorm: width/);
      expect(() => new BatchNorm(2, { momentum: 2 })).toThrow(/BatchNorm: momentum/);
    });
    norm.dispose();
  });
});
