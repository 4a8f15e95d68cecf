import { key } from '@diptych/core';
import { networkContract } from '@diptych/test-utils/models';
import { onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { fromOfficial, toOfficial } from '../../state/official.ts';
import { stateDict } from '../../state/state-dict.ts';
import type { Edm2UNetOptions } from './edm2-config.ts';
import { edm2Names } from './edm2-names.ts';
import { Edm2UNet } from './edm2-unet.ts';

const small = {
  ...{ image: [4, 8, 2], width: 8, multipliers: [1, 2], blocks: 1, attention: [2], headChannels: 4 },
} as const satisfies Edm2UNetOptions;

onEachBackend('Edm2UNet', () => {
  describe('unconditional', () => {
    networkContract({ make: () => new Edm2UNet(small), image: small.image });
  });
  describe('with labels, self-conditioned', () => {
    const options: Edm2UNetOptions = { ...small, classes: 3, filter: [1, 3, 3, 1], selfConditioning: { after: 'mid' } };
    networkContract({ make: () => new Edm2UNet(options), image: small.image, classes: 3 });
  });
});

describe('Edm2UNet', () => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });

  const input = () => ({ x: tensorOf<tf.Rank.R4>([2, 4, 8, 2], 1), noise: tensorOf<tf.Rank.R1>([2], 2) });
  const stirred = (options: Edm2UNetOptions) => {
    const network = new Edm2UNet(options);
    Object.values(network.variables()).forEach((v, i) => v.assign(tf.add(v, tensorOf(v.shape, i, { scale: 0.5 }))));
    return network;
  };

  it('training gives the stored weights of every output unit magnitude, and the output stays', () => {
    const network = stirred({ ...small, classes: 3, logvarChannels: 8 });
    const kernel = network.variables()['in.1.convRes0.kernel'];
    kernel.assign(tf.mul(kernel as tf.Tensor, 7));
    const before = network.forward(input()).output;
    const trained = network.forward(input(), { training: true }).output;
    expect(relativeError(trained, before)).toBeLessThan(2e-3); // epsilon 1e-4 at every layer
    for (const [name, variable] of Object.entries(network.variables())) {
      if (!name.endsWith('.kernel')) continue;
      const axes = variable.shape.slice(0, -1).map((_, i) => i);
      const size = tf.sqrt(tf.mean(tf.square(variable), axes));
      expect(tf.max(tf.abs(tf.sub(size, 1))).dataSync()[0], name).toBeLessThan(1e-3);
    }
    const kept = network.variables()['in.1.convRes0.kernel'].dataSync();
    network.forward(input());
    expect(network.variables()['in.1.convRes0.kernel'].dataSync()).toEqual(kept);
  });

  it('the gradient of a training pass is that at the overwritten weights, without a component that would let them grow', () => {
    const network = stirred(small);
    const kernel = network.variables()['mid.in1.convRes1.kernel'];
    const loss = () => tf.sum(tf.square(network.forward(input(), { training: true }).output)) as tf.Scalar;
    const gradient = tf.variableGrads(loss, [kernel]).grads[kernel.name];
    const along = tf.sum(tf.mul(gradient, kernel as tf.Tensor), [0, 1, 2]);
    const size = tf.mul(tf.norm(gradient), tf.norm(kernel as tf.Tensor)).dataSync()[0];
    expect(tf.max(tf.abs(along)).dataSync()[0] / size).toBeLessThan(1e-3);
  });

  it('begins by predicting zero, and says the logarithm of its loss when asked', () => {
    const network = new Edm2UNet({ ...small, logvarChannels: 8 });
    const { output, features } = network.forward(input(), { taps: ['logvar'] });
    expect(tf.max(tf.abs(output)).dataSync()[0]).toBe(0);
    expect(features.logvar.shape).toEqual([2, 1]);
  });

  it('bounds what a block gives', () => {
    const clip = (value: number | 'none') => {
      const network = stirred({ ...small, clip: value });
      return tf.max(tf.abs(network.forward(input(), { taps: ['out.1'] }).features['out.1'])).dataSync()[0];
    };
    expect(clip('none')).toBeGreaterThan(0.6);
    expect(clip(0.5)).toBe(0.5);
  });

  it('drops labels and activations in training by its key', () => {
    const network = stirred({ ...small, classes: 3, labelDropout: 1, dropout: 0.4 });
    const pass = (seed: number) => network.forward(input(), { training: true, key: key(seed) }).output.dataSync();
    pass(1); // Overwrites the weights.
    pass(1);
    pass(1);
    expect(pass(2)).not.toEqual(pass(1));
    expect(() => network.forward(input(), { training: true })).toThrow(/key must be given/);
  });

  it('gradient checkpointing of a training pass gives the same output, gradients to the order of sums, and keeps less memory', () => {
    const network = stirred({ ...small, dropout: 0.3, blocks: 2, selfConditioning: { after: 'mid', zeroInit: false } });
    network.normalizeWeights();
    const of = input();
    const variables = Object.values(network.trainableVariables());
    const differentiate = () => {
      let alive = 0;
      const before = tf.memory().numBytes;
      const loss = () => {
        const value = tf.sum(tf.square(network.forward(of, { training: true, key: key(3) }).output)) as tf.Scalar;
        alive = tf.memory().numBytes - before;
        return value;
      };
      return { ...tf.variableGrads(loss, variables), alive };
    };
    const plain = differentiate();
    expect(network.setRecompute(/^(in|out|up|down)\.\d+$|^mid$/)).toHaveLength(4 + 1 + 6 + 2);
    const again = differentiate();
    expect(relativeError(again.value, plain.value)).toBeLessThan(1e-5);
    for (const { name } of variables) expect(relativeError(again.grads[name], plain.grads[name])).toBeLessThan(2e-4);
    expect(again.alive).toBeLessThan(plain.alive / 2);
  });

  it('its weights go to the official names and back, unchanged', async () => {
    const network = new Edm2UNet({ ...small, classes: 3, logvarChannels: 8 });
    const state = await stateDict(network);
    const there = toOfficial(state, edm2Names(network));
    expect(there['unet.enc.2x2_down.emb_gain'] ?? there['unet.enc.2x2_down.emb_gain']).toBeDefined();
    expect(fromOfficial(there, edm2Names(network))).toEqual(state);
  });

  it.each<[Partial<Edm2UNetOptions>, RegExp]>([
    [{ image: [5, 8, 2] }, /Edm2UNet: image must be of height and width divisible by 2, .* such as \[6, 8, 2\]/],
    [{ headChannels: 5 }, /headChannels must be such that its heads share the 16 channels/],
    [{ balances: { other: 1 } as never }, /"other" is not an option of balances/],
    [{ augmentation: true } as never, /augmentation must be absent, since EDM2 has no input for .* got true/],
    [{ clip: 0 }, /clip must be a finite number > 0, or one of "none"/],
    [{ labelDropout: 2 }, /labelDropout must be a number in \[0, 1\]/],
    [{ selfConditioning: { after: 'out.9' } }, /after must be one of in.1, in.2, mid, out.1/],
  ])('refuses the configuration %o', (options, message) => {
    expect(() => new Edm2UNet({ ...small, ...options })).toThrow(message);
  });

  it('refuses images of other channels or sizes', () => {
    const network = new Edm2UNet(small);
    expect(() => network.forward({ ...input(), x: tf.zeros([2, 4, 8, 3]) })).toThrow(/x must be images \[B, H, W, 2\]/);
    expect(() => network.forward({ ...input(), x: tf.zeros([2, 4, 7, 2]) })).toThrow(/divisible by 2/);
  });
});
