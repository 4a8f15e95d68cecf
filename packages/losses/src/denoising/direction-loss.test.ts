import { edm } from '@diptych/core';
import { evaluateGiven } from '@diptych/test-utils/losses';
import { onEachBackend, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { directionLoss } from './direction-loss.ts';

onEachBackend('directionLoss()', () => {
  it('is 0, 1 and 2 for a prediction along, across and against the target, whatever its length', () => {
    tf.tidy(() => {
      const diffusion = edm();
      const sigma = [0.1, 3];
      const [images, noise] = [tensorOf([2, 3, 3, 2], 1), tensorOf([2, 3, 3, 2], 2)] as [tf.Tensor4D, tf.Tensor4D];
      const c = sigma.map((s) => diffusion.precondition(s));
      const each = (values: number[]) => tf.tensor4d(values, [2, 1, 1, 1]);
      const noisy = tf.add(images, tf.mul(noise, each(sigma)));
      const skipped = tf.sub(images, tf.mul(noisy, each(c.map(({ cSkip }) => cSkip))));
      const target = tf.div(skipped, each(c.map(({ cOut }) => cOut)));
      const across = tf.mul(tf.reverse(target, 3), tf.tensor1d([1, -1])); // (a, b) to (b, -a)
      const value = (output: tf.Tensor) => {
        const { loss, samples } = evaluateGiven(directionLoss(diffusion), diffusion, {
          images,
          noise,
          sigma,
          output: output as tf.Tensor4D,
        });
        return [loss.dataSync()[0], ...samples!['direction'].loss.dataSync()];
      };
      for (const [output, expected] of [
        [tf.mul(target, 5), 0],
        [across, 1],
        [tf.neg(target), 2],
      ] as const) {
        for (const v of value(output)) expect(v).toBeCloseTo(expected, 4);
      }
    });
  });
});
