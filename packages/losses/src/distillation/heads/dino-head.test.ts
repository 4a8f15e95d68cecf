import { key } from '@diptych/core';
import { onEachBackend, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { dinoHead } from './dino-head.ts';

onEachBackend('dinoHead()', () => {
  const x = () => tensorOf([4, 5], 1) as tf.Tensor2D;

  it('gives cosines with its prototypes: within 1, whatever the length of the directions', () => {
    const head = dinoHead({ out: 9, hidden: 6, bottleneck: 3 })(5, key(1));
    tf.tidy(() => {
      const y = head.apply(x(), { training: true });
      expect(y.shape).toEqual([4, 9]);
      expect(tf.max(tf.abs(y)).dataSync()[0]).toBeLessThanOrEqual(1 + 1e-6);
      const direction = head.variables()['last.direction'];
      direction.assign(tf.mul(direction, 7));
      const again = head.apply(x(), { training: true }).dataSync();
      y.dataSync().forEach((value, i) => expect(again[i]).toBeCloseTo(value, 5));
    });
    head.dispose();
  });

  it('trains the lengths only when they are free, and frees every variable', () => {
    const before = tf.memory().numTensors;
    const names = (freeLengths: boolean) => {
      const head = dinoHead({ out: 4, layers: 2, hidden: 3, bottleneck: 2, freeLengths, batchNorm: true })(5, key(1));
      const result = [Object.keys(head.variables()), Object.keys(head.trainableVariables())];
      head.dispose();
      return result;
    };
    const layers = ['layers.0.kernel', 'layers.0.bias', 'layers.0.norm.gamma', 'layers.0.norm.beta'];
    const rest = ['layers.1.kernel', 'layers.1.bias', 'last.direction'];
    expect(names(false)[1]).toEqual([...layers, ...rest]);
    expect(names(true)[1]).toEqual([...layers, ...rest, 'last.length']);
    expect(names(false)[0]).toEqual([
      ...layers,
      'layers.0.norm.mean',
      'layers.0.norm.variance',
      ...rest,
      'last.length',
    ]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses widths that are no positive integers and inputs of another width', () => {
    expect(() => dinoHead({ out: 0 })).toThrow(/dinoHead: out must be a positive integer/);
    expect(() => dinoHead({ bottleneck: 2.5 })).toThrow(/dinoHead: bottleneck/);
    const head = dinoHead({ out: 4, layers: 1, bottleneck: 2, bias: false })(5, key(1));
    tf.tidy(
      () =>
        void expect(() => head.apply(tf.ones([2, 4]), { training: true })).toThrow(
          /dinoHead: x must be of shape \[B, 5\]/,
        ),
    );
    expect(Object.keys(head.variables())).toEqual(['layers.0.kernel', 'last.direction', 'last.length']);
    head.dispose();
  });
});
