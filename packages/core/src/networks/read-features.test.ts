import { meanPool } from '@diptych/ops';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Network } from '../contracts/network.ts';
import { edm } from '../diffusion/edm.ts';
import { preconditioned } from '../diffusion/preconditioned.ts';
import { readFeatures } from './read-features.ts';

describe('readFeatures', () => {
  let gain: tf.Variable;
  let x: tf.Tensor4D;
  beforeEach(async () => {
    await tf.setBackend('cpu');
    tf.engine().startScope();
    gain = tf.variable(tf.scalar(2));
    x = tf.tensor4d(
      Array.from({ length: 24 }, (_, i) => Math.sin(i)),
      [3, 2, 2, 2],
    );
    return () => {
      gain.dispose();
      tf.engine().endScope();
    };
  });

  /** F = gain x + noise label + class; the taps are the output and ten times that. */
  const network = (readout?: Network['readout']): Network => ({
    forward({ x, noise, label }, { taps = [] } = {}) {
      const each = (values: tf.Tensor) => tf.reshape(tf.cast(values, 'float32'), [-1, 1, 1, 1]);
      const output = tf.add(tf.add(tf.mul(x, gain), each(noise)), label ? each(label) : 0) as tf.Tensor4D;
      const all: Record<string, tf.Tensor> = { low: output, high: tf.mul(output, 10) };
      return { output, features: Object.fromEntries(taps.flatMap((tap) => (all[tap] ? [[tap, all[tap]]] : []))) };
    },
    variables: () => ({ gain }),
    trainableVariables: () => ({ gain }),
    tapNames: () => ['low', 'high'],
    ...(readout && { readout }),
  });
  const numbers = (of: tf.Tensor) => Array.from(of.dataSync());
  const taps = ['low', 'high'];
  const pass = (conditions = {}) => preconditioned(network(), edm(), x, [0.3, 0.3, 0.3], { taps, ...conditions });

  it('gives the means over places of one preconditioned pass, tap by tap', () => {
    const found = readFeatures(network(), edm(), x, 0.3, ['high', 'low']);
    expect(Object.keys(found)).toEqual(['high', 'low']);
    const { features } = pass();
    for (const tap of taps) expect(numbers(found[tap])).toEqual(numbers(meanPool(features[tap])));
    expect(found.low.shape).toEqual([3, 2]);
  });

  it('takes the readout of the network, and before that the pool it is given', () => {
    const { features } = pass();
    const first = (feature: tf.Tensor, by: number) =>
      tf.mul(tf.reshape(tf.slice(feature, [0, 0, 0, 0], [-1, 1, 1, -1]), [3, 2]), by) as tf.Tensor2D;
    const own = network((tap, feature) => first(feature, tap === 'low' ? 2 : 3));
    expect(numbers(readFeatures(own, edm(), x, 0.3, taps).high)).toEqual(numbers(first(features.high, 3)));
    const pool = (feature: tf.Tensor, tap: string) => first(feature, tap === 'low' ? 5 : 7);
    const pooled = readFeatures(own, edm(), x, 0.3, taps, { pool });
    expect(numbers(pooled.low)).toEqual(numbers(first(features.low, 5)));
    expect(numbers(pooled.high)).toEqual(numbers(first(features.high, 7)));
  });

  it('hands labels and weights on', () => {
    const conditions = { label: [1, 0, 4], weights: { gain: tf.scalar(-1) } };
    const found = readFeatures(network(), edm(), x, 0.3, ['low'], conditions);
    expect(numbers(found.low)).toEqual(numbers(meanPool(pass(conditions).features.low)));
    expect(numbers(found.low)).not.toEqual(numbers(meanPool(pass({ label: conditions.label }).features.low)));
    expect(numbers(found.low)).not.toEqual(numbers(meanPool(pass({ weights: conditions.weights }).features.low)));
    expect(numbers(gain)).toEqual([2]);
  });

  it('refuses a tap without a feature, a noise level of 0 and a pool that gives no vectors, and keeps no tensor', () => {
    const before = tf.memory().numTensors;
    expect(() => readFeatures(network(), edm(), x, 0.3, ['low', 'mid'])).toThrow(
      'readFeatures: taps must be of low, high, got "mid"',
    );
    expect(() => readFeatures(network(), edm(), x, 0, ['low'])).toThrow(
      'readFeatures: sigma must be a finite number > 0, got 0',
    );
    const flat = (feature: tf.Tensor) => tf.reshape(feature, [1, -1]) as tf.Tensor2D;
    expect(() => readFeatures(network(), edm(), x, 0.3, ['low'], { pool: flat })).toThrow(
      'readFeatures: pool(low) must be of shape [3, D], got float32 tensor of shape [1, 24]',
    );
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(readFeatures(network(), edm(), x, 0.3, ['low']));
    expect(tf.memory().numTensors).toBe(before);
  });
});
