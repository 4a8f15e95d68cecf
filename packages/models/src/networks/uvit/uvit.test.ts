import { key } from '@diptych/core';
import { networkContract } from '@diptych/test-utils/models';
import { onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { UViT } from './uvit.ts';
import type { UViTOptions } from './uvit-config.ts';

const small = { image: [8, 8, 1], patch: 2, width: 16, depth: 2, heads: 2 } as const satisfies UViTOptions;
const everything: UViTOptions = {
  ...{ ...small, image: [4, 8, 2], depth: 4, mlpRatio: 2, qkvBias: true, timeMlp: true },
  ...{ classes: 3, augmentation: true, classToken: true, labelDropout: 0.5, selfConditioning: { after: 'in.1' } },
};

onEachBackend('UViT', () => {
  describe('unconditional', () => {
    networkContract({ make: () => new UViT(small), image: small.image });
  });
  describe('with every token, self-conditioned', () => {
    networkContract({ make: () => new UViT(everything), image: [4, 8, 2], classes: 3, augmentation: true });
  });
  describe('without long skips and convolution, guided through a token of its own', () => {
    const options: UViTOptions = {
      ...small,
      longSkips: false,
      finalConv: false,
      selfConditioning: { target: 'extraToken', depth: 1 },
    };
    networkContract({ make: () => new UViT(options), image: small.image });
  });
});

describe('UViT', () => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });

  const input = (batch = 2) => ({
    x: tensorOf<tf.Rank.R4>([batch, 8, 8, 1], 1),
    noise: tensorOf<tf.Rank.R1>([batch], 2),
  });
  const run = (options: UViTOptions, more = {}) => new UViT(options).forward({ ...input(), ...more }).output.dataSync();

  it('names its weights by the blocks they belong to', () => {
    const names = Object.keys(new UViT({ ...small, classes: 2 }).parameterSpecs());
    expect(names.slice(0, 5)).toEqual([
      'patchEmbedding.proj.kernel',
      'patchEmbedding.proj.bias',
      'labelEmbedding.table',
      'positions',
      'in.0.norm1.gamma',
    ]);
    expect(names).toContain('out.0.skip.kernel');
    expect(names.at(-1)).toBe('finalConv.bias');
  });

  it('the seed decides the first weights', () => {
    expect(run({ ...small, seed: 1 })).toEqual(run({ ...small, seed: 1 }));
    expect(run({ ...small, seed: 1 })).not.toEqual(run({ ...small, seed: 2 }));
  });

  it('begins as U-ViT does: N(0, 0.02) matrices and positions, N(0, 1) labels, unit norms, uniform convolutions', () => {
    const wide = new UViT({ ...small, width: 64, classes: 40 }).variables();
    const deviation = (name: string) => tf.moments(wide[name]).variance.dataSync()[0] ** 0.5;
    expect(deviation('mid.mlp.fc1.kernel')).toBeCloseTo(0.02, 3);
    expect(Math.abs(deviation('positions') - 0.02)).toBeLessThan(0.0015);
    expect(deviation('labelEmbedding.table')).toBeCloseTo(1, 1);
    expect(tf.min(wide['norm.gamma']).dataSync()[0]).toBe(1);
    expect(tf.max(tf.abs(wide['mid.attn.proj.bias'])).dataSync()[0]).toBe(0);
    const largest = tf.max(tf.abs(wide['patchEmbedding.proj.kernel'])).dataSync()[0];
    expect(largest).toBeLessThanOrEqual(0.5); // 1 / sqrt(2 2 1)
    expect(largest).toBeGreaterThan(0.48);
    expect(deviation('finalConv.kernel')).toBeGreaterThan(0.1); // U(-1/3, 1/3) has deviation 0.19
  });

  it('begins with other deviations when told', () => {
    const initialStd = { linear: 0.1, positions: 0.5, labels: 0.25 };
    const v = new UViT({ ...small, width: 64, classes: 40, initialStd }).variables();
    const deviation = (name: string) => tf.moments(v[name]).variance.dataSync()[0] ** 0.5;
    expect(Math.abs(deviation('mid.mlp.fc1.kernel') / 0.1 - 1)).toBeLessThan(0.03);
    expect(Math.abs(deviation('positions') / 0.5 - 1)).toBeLessThan(0.08);
    expect(Math.abs(deviation('labelEmbedding.table') / 0.25 - 1)).toBeLessThan(0.05);
  });

  it('without a label the null class stands in, without augmentation the zero vector', () => {
    const options = { ...small, classes: 3, augmentation: true };
    const bare = run(options);
    expect(run(options, { label: tf.tensor1d([3, 3], 'int32') })).toEqual(bare);
    expect(run(options, { augmentation: tf.zeros([2, 9]) })).toEqual(bare);
    expect(run(options, { label: tf.tensor1d([0, 1], 'int32') })).not.toEqual(bare);
    expect(run(options, { augmentation: tf.ones([2, 9]) })).not.toEqual(bare);
  });

  it('ignores labels without classes', () => {
    expect(run(small, { label: tf.tensor1d([0, 1], 'int32') })).toEqual(run(small));
  });

  it('drops labels in training by the key it is given, and only in training', () => {
    const network = new UViT({ ...small, classes: 3, labelDropout: 1 });
    const label = tf.tensor1d([0, 1], 'int32');
    const labelled = network.forward({ ...input(), label }).output.dataSync();
    const dropped = network.forward({ ...input(), label }, { training: true, key: key(0) }).output.dataSync();
    expect(dropped).toEqual(network.forward(input()).output.dataSync());
    expect(labelled).not.toEqual(dropped);
    expect(() => network.forward({ ...input(), label }, { training: true })).toThrow(/key must be given/);
  });

  it('reads patches out, not the other tokens; the class token if there is one', () => {
    const network = new UViT({ ...small, classes: 3 });
    const feature = network.forward(input(), { taps: ['mid'] }).features.mid; // [2, label + time + 16, 16]
    const patches = tf.mean(tf.slice(feature, [0, 2, 0]), 1);
    expect(relativeError(network.readout('mid', feature), patches)).toBeLessThan(1e-6);
    const withToken = new UViT({ ...small, classToken: true });
    const tokens = withToken.forward(input(), { taps: ['mid'] }).features.mid;
    expect(withToken.readout('mid', tokens).dataSync()).toEqual(tf.slice(tokens, [0, 0, 0], [2, 1, 16]).dataSync());
  });

  it('gives the output of any part as a tap', () => {
    const { features } = new UViT(small).forward(input(), { taps: ['mid.attn', 'timeEmbedding', 'mid'] });
    expect(features['mid.attn'].shape).toEqual([2, 17, 16]);
    expect(features.timeEmbedding.shape).toEqual([2, 16]);
  });

  it.each([
    [{ patch: 3 }, /image must be .* divisible by the patch 3/],
    [{ heads: 3 }, /width must be divisible by the 3 heads/],
    [{ depth: 3 }, /depth must be an even integer/],
    [{ selfConditioning: { after: 'out.7' } }, /after must be one of in.0, mid, out.0, got "out.7"/],
    [{ selfConditioning: { pool: 'cls' as const } }, /pool must be "mean" without a class token/],
    [{ selfConditioning: { target: 'elsewhere' as never } }, /target must be one of/],
    [{ classes: 3, nullClass: false, labelDropout: 0.1 }, /dropout must be 0 without a null class/],
  ])('refuses the configuration %o', (options, message) => {
    expect(() => new UViT({ ...small, ...options })).toThrow(message);
  });

  it.each([
    ['x', () => tf.zeros([2, 6, 8, 1]), /x must be images \[B, 8, 8, 1\]/],
    ['x', () => tf.zeros([2, 8, 8, 3]), /x must be images \[B, 8, 8, 1\]/],
    ['x', () => tf.zeros([8, 8, 1]), /x must be images/],
    ['noise', () => tf.zeros([3]), /noise must be one label for each of 2 images/],
    ['label', () => tf.tensor1d([0, 1]), /label must be int32/],
    ['label', () => tf.tensor1d([0, 4], 'int32'), /label must be a class from 0 to 2, or 3 for "no label"/],
    ['label', () => tf.tensor1d([-1, 0], 'int32'), /label must be a class from 0 to 2, or 3 for "no label"/],
    ['label', () => tf.tensor1d([0], 'int32'), /label must be one for each of 2 images/],
    ['augmentation', () => tf.zeros([2, 8]), /must be of shape/],
  ])('refuses a wrong %s: case %#', (name, bad, message) => {
    const network = new UViT({ ...small, classes: 3, augmentation: true });
    expect(() => network.forward({ ...input(), [name]: bad() } as never)).toThrow(message);
  });

  it('needs a label when there is no null class, and context tokens when configured', () => {
    expect(() => new UViT({ ...small, classes: 3, nullClass: false }).forward(input())).toThrow(/label must be given/);
    const text = new UViT({ ...small, context: { length: 3, width: 5 } });
    expect(() => text.forward(input())).toThrow(/context must be float32 tokens \[2, 3, 5\]/);
    expect(text.forward({ ...input(), context: tf.ones([2, 3, 5]) }).output.shape).toEqual([2, 8, 8, 1]);
  });
});
