import { onEachBackend, relativeError } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { GroupNorm, groupsFor } from './group-norm.ts';

it('groupsFor(): counts groups of four channels or more, at most 32 of them', () => {
  expect([1, 3, 4, 7, 8, 96, 128, 512].map((channels) => groupsFor(channels))).toEqual([1, 1, 1, 1, 2, 24, 32, 32]);
  expect(groupsFor(64, { most: 8 })).toBe(8);
  expect(groupsFor(64, { channelsPerGroup: 16 })).toBe(4);
  expect(() => groupsFor(0)).toThrow(/channels must be a positive integer/);
  expect(() => groupsFor(4, { most: 1.5 })).toThrow(/most must be a positive integer/);
});

onEachBackend('GroupNorm', () => {
  it('normalises over all places and the channels of a group, then scales and shifts each channel', () => {
    tf.tidy(() => {
      const block = new GroupNorm({ width: 4, groups: 2, epsilon: 1e-9 });
      const { gamma, beta } = block.variables();
      gamma.assign(tf.tensor1d([1, 1, 1, 2]));
      beta.assign(tf.tensor1d([0, 0, 0, 3]));
      // Means 2 and 0, deviations 1 and 5.
      const y = block.forward(tf.tensor3d([[[1, 3, 5, -5], [3, 1, -5, 5]]])); // prettier-ignore
      expect(relativeError(y, [-1, 1, 1, 1, 1, -1, -1, 5])).toBeLessThan(1e-5);
      block.dispose();
    });
  });

  it('takes the groups of groupsFor() unless told, and refuses those that do not divide the channels', () => {
    const groups = (options: object) => new GroupNorm({ width: 12, ...options });
    tf.tidy(() => {
      const x = tf.randomNormal([2, 3, 12], 0, 1, 'float32', 5);
      const [own, three] = [groups({ affine: false }), groups({ affine: false, groups: 3 })];
      expect(own.forward(x).dataSync()).toEqual(three.forward(x).dataSync());
      expect(() => own.forward(tf.zeros([2, 3, 4]))).toThrow(/x must be of shape \[B, ..., 12\]/);
    });
    expect(() => groups({ groups: 5 })).toThrow(/groups must be a divisor of the 12 channels/);
    expect(() => groups({ epsilon: 0 })).toThrow(/epsilon must be a finite number > 0/);
    expect(() => groups({ width: 0 })).toThrow(/width must be a positive integer/);
  });
});
