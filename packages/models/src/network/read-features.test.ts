import { edm, preconditioned } from '@diptych/core';
import { tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeEach, describe, expect, it } from 'vitest';
import { UViT } from '../networks/uvit/uvit.ts';
import { readFeatures } from './read-features.ts';

describe('readFeatures', () => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });
  const network = () => new UViT({ image: [4, 4, 1], patch: 2, width: 8, depth: 2, heads: 2 });
  const x = () => tensorOf<tf.Rank.R4>([3, 4, 4, 1]);

  it('reads out the taps of one preconditioned pass at the noise level', () => {
    const of = network();
    const found = readFeatures(of, edm(), x(), 0.3, ['mid', 'out.0']);
    const { features } = preconditioned(of, edm(), x(), [0.3, 0.3, 0.3], { taps: ['mid'] });
    expect(Object.keys(found)).toEqual(['mid', 'out.0']);
    expect(found.mid.dataSync()).toEqual(of.readout('mid', features.mid).dataSync());
  });

  it('reads with other weights when given, and with the mean where a network has no readout of its own', () => {
    const of = network();
    const weights = { positions: tf.ones(of.variables().positions.shape) };
    const lent = readFeatures(of, edm(), x(), 0.3, ['mid'], { weights });
    expect(lent.mid.dataSync()).not.toEqual(readFeatures(of, edm(), x(), 0.3, ['mid']).mid.dataSync());
    const bare = {
      forward: of.forward.bind(of),
      variables: of.variables.bind(of),
      trainableVariables: of.trainableVariables.bind(of),
      tapNames: of.tapNames.bind(of),
    };
    const { features } = preconditioned(of, edm(), x(), [0.3, 0.3, 0.3], { taps: ['mid'] });
    expect(readFeatures(bare, edm(), x(), 0.3, ['mid']).mid.dataSync()).toEqual(tf.mean(features.mid, 1).dataSync());
  });

  it('refuses an unknown tap and leaves no tensor behind', () => {
    const of = network();
    expect(() => readFeatures(of, edm(), x(), 0.3, ['out.9'])).toThrow(/in.0, mid, out.0/);
    const before = tf.memory().numTensors;
    tf.tidy(() => void readFeatures(of, edm(), x(), 0.3, ['mid']));
    expect(tf.memory().numTensors).toBe(before);
  });
});
