import { edm, key, samplewiseNormal, type Network } from '@diptych/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { networkFeatures } from './network-features.ts';

/** Its feature is what it is given. */
const network: Network = {
  forward: ({ x }, { taps = [] } = {}) => ({
    output: tf.clone(x),
    features: Object.fromEntries(taps.map((tap) => [tap, tf.clone(x)])),
  }),
  variables: () => ({}),
  trainableVariables: () => ({}),
  tapNames: () => ['only'],
};
const batch = { x: Uint8Array.from({ length: 24 }, (_, i) => 10 * i), shape: [3, 2, 2, 2] as const };

describe('networkFeatures', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it('adds each image its own noise, and reads rows of the preconditioned network', async () => {
    const process = edm({ sigmaData: 0.5 });
    const features = networkFeatures(network, process, { taps: ['only'] });
    const { only } = await features(batch, 0.3, key(4), 5);
    expect(only.dims).toBe(2);
    const expected = tf.tidy(() => {
      const clean = tf.tensor4d(
        Float32Array.from(batch.x, (byte) => byte / 127.5 - 1),
        [...batch.shape],
      );
      const noisy = tf.add(clean, tf.mul(samplewiseNormal(key(4), [3, 2, 2, 2], { first: 5 }), 0.3));
      return tf.mean(tf.mul(noisy, process.precondition(0.3).cIn), [1, 2]).dataSync();
    });
    Array.from(only.rows).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
    const { only: last } = await features({ x: batch.x.slice(16), shape: [1, 2, 2, 2] }, 0.3, key(4), 7);
    Array.from(last.rows).forEach((value, i) => expect(value).toBeCloseTo(expected[4 + i], 5));
  });

  it('encodes and pools as it is told, and leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    const features = networkFeatures(network, edm(), {
      taps: ['only'],
      encode: (x) => tf.avgPool(x, 2, 2, 'valid'),
      pool: (_, feature) => tf.reshape(feature, [feature.shape[0], -1]) as tf.Tensor2D,
    });
    const { only } = await features(batch, 0.1, key(0), 0);
    expect([only.dims, only.rows.length]).toEqual([2, 6]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses to read nothing', () => {
    expect(() => networkFeatures(network, edm(), { taps: [] })).toThrow(/taps must be some of only/);
  });
});
