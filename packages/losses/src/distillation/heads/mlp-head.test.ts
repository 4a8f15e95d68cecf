import { key } from '@diptych/core';
import { onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { mlpHead } from './mlp-head.ts';

onEachBackend('mlpHead()', () => {
  it('is Linear, norm, ReLU, Linear, norm: outputs of a training batch have mean 0 and variance 1', () => {
    const head = mlpHead({ layers: 2, hidden: 6, out: 3 })(5, key(1));
    tf.tidy(() => {
      const { mean, variance } = tf.moments(head.apply(tensorOf([16, 5]) as tf.Tensor2D, { training: true }), 0);
      expect(Math.max(...mean.dataSync().map(Math.abs))).toBeLessThan(1e-5);
      for (const v of variance.dataSync()) expect(v).toBeCloseTo(1, 2);
    });
    head.dispose();
  });

  it('without last norm and with one layer is x K', () => {
    const head = mlpHead({ layers: 1, out: 2, lastNorm: false })(3, key(1));
    tf.tidy(() => {
      const kernel = head.variables()['layers.0.kernel'] as unknown as tf.Tensor2D;
      const x = tensorOf([4, 3]) as tf.Tensor2D;
      expect(relativeError(head.apply(x, { training: true }), tf.matMul(x, kernel))).toBeLessThan(1e-6);
      expect(Object.keys(head.variables())).toEqual(['layers.0.kernel']);
    });
    head.dispose();
  });

  it('lists kernels, norms and running statistics by dotted names; only the first two are trained', () => {
    const head = mlpHead({ layers: 2, hidden: 4, out: 2 })(3, key(1));
    const trained = ['layers.0.kernel', 'layers.0.norm.gamma', 'layers.0.norm.beta', 'layers.1.kernel'];
    expect(Object.keys(head.trainableVariables())).toEqual(trained);
    const rest = ['layers.0', 'layers.1'].flatMap((of) => [`${of}.norm.mean`, `${of}.norm.variance`]);
    expect(Object.keys(head.variables()).sort()).toEqual([...trained, ...rest].sort());
    expect([head.inputs, head.outputs]).toEqual([3, 2]);
    head.dispose();
  });

  it('starts from weights that depend on the key alone, uniform within 1/sqrt(inputs)', () => {
    const weights = (seed: number) => {
      const head = mlpHead({ layers: 1, out: 40, lastNorm: false })(25, key(seed));
      const values = Array.from(head.variables()['layers.0.kernel'].dataSync());
      head.dispose();
      return values;
    };
    expect(weights(1)).toEqual(weights(1));
    expect(weights(1)).not.toEqual(weights(2));
    expect(Math.max(...weights(1).map(Math.abs))).toBeLessThanOrEqual(0.2);
    const variance = weights(1).reduce((sum, v) => sum + v * v, 0) / 1000;
    expect(variance / (0.04 / 3)).toBeCloseTo(1, 0);
  });

  it('refuses widths that are no positive integers and inputs of another width', () => {
    expect(() => mlpHead({ layers: 0 })).toThrow(/mlpHead: layers must be a positive integer, got 0/);
    expect(() => mlpHead({ hidden: 1.5 })).toThrow(/mlpHead: hidden/);
    expect(() => mlpHead()(0, key(1))).toThrow(/mlpHead: inputs/);
    const head = mlpHead({ layers: 1, out: 2 })(3, key(1));
    tf.tidy(() => {
      expect(() => head.apply(tf.ones([4, 2]), { training: true })).toThrow(/mlpHead: x must be of shape \[B, 3\]/);
    });
    head.dispose();
  });
});
