import { onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UViT } from '../networks/uvit/uvit.ts';
import type { UViTOptions } from '../networks/uvit/uvit-config.ts';

const options: UViTOptions = {
  ...{ image: [8, 8, 1], patch: 2, width: 32, depth: 4, heads: 2, classes: 3, labelDropout: 0 },
  ...{ selfConditioning: { after: 'in.1', zeroInit: false } },
};
const transformer = /^(in\.\d|mid|out\.\d)$/;

onEachBackend('gradient checkpointing', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  const input = () => ({ x: tensorOf<tf.Rank.R4>([4, 8, 8, 1], 1), noise: tensorOf<tf.Rank.R1>([4], 2) });

  /** Loss, gradients by name and gradient of the image, and the bytes alive when the forward pass is done. */
  const differentiate = (network: UViT) => {
    const of = input();
    const variables = network.trainableVariables();
    const before = tf.memory().numBytes;
    let alive = 0;
    const loss = (x: tf.Tensor) => {
      const value = tf.sum(tf.square(network.forward({ ...of, x: x as tf.Tensor4D }).output));
      alive = tf.memory().numBytes - before;
      return value;
    };
    const all = [of.x, ...Object.values(variables)] as tf.Tensor[];
    const [image, ...grads] = tf.grads((x) => loss(x))(all);
    return { alive, image, grads: Object.fromEntries(Object.keys(variables).map((name, i) => [name, grads[i]])) };
  };

  it('gives the same output bit for bit, the same gradients up to the order of sums, and keeps less than half of the memory', () => {
    const network = new UViT(options);
    const plain = differentiate(network);
    const output = network.forward(input()).output.dataSync();
    expect(network.setRecompute(transformer)).toEqual(['in.0', 'in.1', 'mid', 'out.0', 'out.1']);
    const again = differentiate(network);
    expect(network.forward(input()).output.dataSync()).toEqual(output);
    expect(relativeError(again.image, plain.image)).toBeLessThan(1e-5);
    for (const [name, grad] of Object.entries(plain.grads)) {
      expect(relativeError(again.grads[name], grad), name).toBeLessThan(1e-5);
    }
    expect(again.alive).toBeLessThan(plain.alive / 2);
    network.setRecompute(transformer, false);
    expect(differentiate(network).alive).toBe(plain.alive);
  });

  it('a tap inside a block has its gradient: the block then computes as usual', () => {
    const network = new UViT(options);
    const weight = network.variables()['mid.attn.qkv.kernel'];
    const loss = () =>
      tf.sum(tf.square(network.forward(input(), { taps: ['mid.attn'] }).features['mid.attn'])) as tf.Scalar;
    const expected = tf.variableGrads(loss, [weight]).grads[weight.name].dataSync();
    network.setRecompute(transformer);
    expect(tf.variableGrads(loss, [weight]).grads[weight.name].dataSync()).toEqual(expected);
  });

  it('frozen weights inside stay without gradient, and no tensor is left behind', () => {
    const network = new UViT(options);
    network.setRecompute(transformer);
    network.setTrainable(/^mid\./, false);
    const of = input();
    const loss = () => tf.sum(tf.square(network.forward(of).output)) as tf.Scalar;
    const variables = Object.values(network.trainableVariables());
    tf.dispose(tf.variableGrads(loss, variables) as never);
    const before = tf.memory().numTensors;
    const { grads, value } = tf.variableGrads(loss, variables);
    expect(Object.keys(grads)).toHaveLength(variables.length);
    tf.dispose([value, grads] as never);
    expect(tf.memory().numTensors).toBe(before);
  });
});
