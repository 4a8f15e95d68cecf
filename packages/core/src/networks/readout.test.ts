import { leakOf, onEachBackend, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import type { Network } from '../contracts/network.ts';
import { readout } from './readout.ts';

const network = (own?: Network['readout']): Network => ({
  forward: ({ x }) => ({ output: x, features: {} }),
  variables: () => ({}),
  trainableVariables: () => ({}),
  tapNames: () => ['mid'],
  ...(own && { readout: own }),
});

onEachBackend('readout()', () => {
  it('is the mean over all axes between the first and the last, for maps, tokens and vectors', () => {
    tf.tidy(() => {
      const map = tf.tensor4d([1, 10, 2, 20, 3, 30, 6, 60], [1, 2, 2, 2]);
      expect(Array.from(readout(network(), 'mid', map).dataSync())).toEqual([3, 30]);
      expect(Array.from(readout(network(), 'mid', tf.tensor3d([1, 5], [1, 2, 1])).dataSync())).toEqual([3]);
      expect(Array.from(readout(network(), 'mid', tf.tensor2d([[4, 7]])).dataSync())).toEqual([4, 7]);
    });
  });

  it("is the network's own where it has one, by the name of the tap, with the network as `this`", () => {
    const own = {
      ...network(),
      factor: 3,
      readout(tap: string, feature: tf.Tensor) {
        return tf.mul(
          tf.squeeze(tf.slice(feature, [0, 0, 0], [-1, 1, -1]), [1]),
          tap === 'mid' ? this.factor : 0,
        ) as tf.Tensor2D;
      },
    };
    tf.tidy(() => {
      const tokens = tf.tensor3d([1, 2, 9, 9], [1, 2, 2]);
      expect(Array.from(readout(own, 'mid', tokens).dataSync())).toEqual([3, 6]);
      expect(Array.from(readout(own, 'out', tokens).dataSync())).toEqual([0, 0]);
    });
  });

  it('leaks nothing, and refuses features without channels and readouts that are not one vector a sample', () => {
    const tokens = tensorOf([2, 3, 4]);
    expect(leakOf(() => readout(network(), 'mid', tokens))).toBe(0);
    expect(() => tf.tidy(() => readout(network(), 'mid', tf.ones([3])))).toThrow(/x must be of shape \[B, ..., D\]/);
    const wrong = network((_, feature) => feature as tf.Tensor2D);
    expect(() => readout(wrong, 'mid', tokens)).toThrow(
      "readout: the network's readout of mid must be of shape [2, D], got float32 tensor of shape [2, 3, 4]",
    );
    tokens.dispose();
  });
});
