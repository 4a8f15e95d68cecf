import { key } from '@diptych/core';
import { networkContract } from '@diptych/test-utils/models';
import { onEachBackend, relativeError, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { stateDict } from '../../state/state-dict.ts';
import { fromOfficial, toOfficial } from '../../state/official.ts';
import type { UNetOptions } from './unet-config.ts';
import { ddaeNames, diffusersUNetNames, edmNames } from './unet-names.ts';
import { unetPresets } from './unet-presets.ts';
import { UNet } from './unet.ts';

const small = {
  image: [8, 8, 1],
  width: 8,
  multipliers: [1, 2],
  blocks: 1,
  attention: [4],
  groups: 4,
} as const satisfies UNetOptions;
const song = {
  ...unetPresets['edm-ncsnpp'],
  ...{ image: [4, 8, 2], width: 8, frequencies: 16, multipliers: [1, 2], blocks: 1, attention: [2], groups: 2 },
} as const satisfies UNetOptions;
const adm = {
  ...unetPresets['edm-adm'],
  ...{ image: [8, 8, 1], width: 8, multipliers: [1, 2], blocks: 1, attention: [8], headChannels: 4, groups: 2 },
} as const satisfies UNetOptions;

onEachBackend('UNet', () => {
  describe('of DDPM', () => {
    networkContract({ make: () => new UNet(small), image: small.image });
  });
  describe('with residual pyramid, labels and augmentation, self-conditioned', () => {
    const options: UNetOptions = { ...song, classes: 3, augmentation: true, selfConditioning: { after: 'out.1' } };
    networkContract({ make: () => new UNet(options), image: [4, 8, 2], classes: 3, augmentation: true });
  });
  describe('with image pyramids both ways', () => {
    const options: UNetOptions = { ...song, encoder: 'skip', decoder: 'skip', embedding: 'sinusoid' };
    networkContract({ make: () => new UNet(options), image: [4, 8, 2] });
  });
  describe('with scales and shifts, other channels out', () => {
    const options: UNetOptions = { ...adm, classes: 2, outputs: 2, activation: 'mish' };
    networkContract({ make: () => new UNet(options), image: [8, 8, 1], classes: 2, outputs: 2 });
  });
});

describe('UNet', () => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });

  const input = (batch = 2, image: readonly number[] = small.image) => ({
    x: tensorOf<tf.Rank.R4>([batch, image[0], image[1], image[2]], 1),
    noise: tensorOf<tf.Rank.R1>([batch], 2),
  });
  const run = (options: UNetOptions, more = {}) =>
    new UNet(options).forward({ ...input(2, options.image), ...more }).output.dataSync();

  it('numbers the layers of the way up as DDAE does: 12 of its 35.7 M network, 15 of its 56.5 M one', () => {
    const outs = (preset: 'ddpm' | 'ddpmpp') =>
      new UNet({ ...unetPresets[preset], image: [32, 32, 3] }).layout.decoder
        .filter(({ kind }) => kind === 'block')
        .map(({ name, level }) => [name, 32 / 2 ** level] as const);
    const sides = (list: ReturnType<typeof outs>) => Object.fromEntries(list);
    expect(sides(outs('ddpm'))).toMatchObject({
      'out.1': 4,
      'out.3': 4,
      'out.4': 8,
      'out.6': 8,
      'out.7': 16,
      'out.12': 32,
    });
    expect(outs('ddpm')).toHaveLength(12);
    expect(sides(outs('ddpmpp'))).toMatchObject({ 'out.5': 8, 'out.6': 16, 'out.10': 16, 'out.11': 32, 'out.15': 32 });
    expect(outs('ddpmpp')).toHaveLength(15);
  });

  it('guides after the last block of the way up at a quarter of the size unless told otherwise', () => {
    const after = (options: Partial<UNetOptions>) =>
      new UNet({ ...unetPresets.ddpm, image: [32, 32, 3], ...options, selfConditioning: {} }).layout.guideAfter;
    expect(after({})).toBe('out.6');
    expect(after(unetPresets.ddpmpp)).toBe('out.5');
    expect(after({ multipliers: [1, 2] })).toBe('out.3');
    expect(after({ multipliers: [1] })).toBe('out.1');
  });

  it('channels below those of one head do not attend, in the middle neither; DDAE and SongUNet have one head of all channels', () => {
    const heads = (options: UNetOptions) => {
      const { encoder, decoder } = new UNet(options).layout;
      return [...encoder, ...decoder].flatMap(({ name, heads: count }) => (count ? [`${name}: ${count}`] : []));
    };
    const narrow = {
      ...unetPresets['edm-adm'],
      image: [8, 8, 1],
      multipliers: [1, 2],
      blocks: 1,
      attention: [8, 4],
    } as const;
    expect(heads({ ...narrow, width: 32 })).toEqual(['in.2: 1', 'mid: 1', 'out.1: 1', 'out.2: 1']);
    expect(heads({ ...narrow, width: 16 })).toEqual([]);
    expect(heads({ ...narrow, width: 64 })).toContain('mid: 2');
    expect(heads(small)).toEqual(['in.2: 1', 'mid: 1', 'out.1: 1', 'out.2: 1']);
    expect(heads(song)).toEqual(['in.2: 1', 'mid: 1', 'out.2: 1']);
  });

  it('takes every size that its levels divide', () => {
    const network = new UNet(small);
    expect(network.forward(input(1, [12, 6, 1])).output.shape).toEqual([1, 12, 6, 1]);
  });

  it('an image is the same in every size of the batch, and without a label nothing is added', () => {
    const options = { ...adm, classes: 3, augmentation: true, initials: 'uniform' } as const;
    const bare = run(options);
    expect(run(options, { label: tf.tensor1d([3, 3], 'int32') })).toEqual(bare);
    expect(run(options, { augmentation: tf.zeros([2, 9]) })).toEqual(bare);
    expect(run(options, { label: tf.tensor1d([0, 1], 'int32') })).not.toEqual(bare);
    expect(run(options, { augmentation: tf.ones([2, 9]) })).not.toEqual(bare);
    expect(run(small, { label: tf.tensor1d([0, 1], 'int32') })).toEqual(run(small));
  });

  it('begins as the official networks do: the branches of ADM at zero, those of SongUNet near it, PyTorch’s uniform numbers in DDPM', () => {
    const largest = (network: UNet, name: string) => tf.max(tf.abs(network.variables()[name])).dataSync()[0];
    const [zero, near, plain] = [new UNet(adm), new UNet(song), new UNet(small)];
    expect(largest(zero, 'in.1.res.conv2.kernel')).toBe(0);
    expect(largest(zero, 'outConv.kernel')).toBe(0);
    expect(largest(near, 'in.1.res.conv2.kernel')).toBeLessThan(1e-5);
    expect(largest(near, 'in.1.res.conv2.kernel')).toBeGreaterThan(0);
    expect(largest(near, 'in.1.res.conv1.bias')).toBe(0);
    // Xavier: sqrt(6 / (9 (8 + 8))), queries times sqrt(0.2).
    expect(largest(near, 'in.1.res.conv1.kernel')).toBeCloseTo(Math.sqrt(6 / 144), 2);
    expect(largest(near, 'mid.attn.attn.qkv.kernel')).toBeCloseTo(Math.sqrt((0.2 * 6) / (16 + 48)), 2);
    expect(largest(plain, 'in.1.res.conv2.kernel')).toBeCloseTo(1 / Math.sqrt(72), 2);
    expect(largest(plain, 'in.1.res.conv2.bias')).toBeGreaterThan(0.05);
    expect(largest(plain, 'embedding.fc1.kernel')).toBeCloseTo(1 / Math.sqrt(8), 2);
  });

  it('drops in training by its key and only in training: other numbers for another key, the mean kept', () => {
    const network = new UNet({ ...small, dropout: 0.5 });
    const pass = (seed?: number) =>
      network.forward(input(), seed === undefined ? {} : { training: true, key: key(seed) }).output.dataSync();
    expect(pass(1)).toEqual(pass(1));
    expect(pass(1)).not.toEqual(pass(2));
    expect(pass()).toEqual(new UNet(small).forward(input()).output.dataSync());
    expect(() => network.forward(input(), { training: true })).toThrow(/dropout: key must be given/);
    expect(() => new UNet({ ...small, dropout: 1 })).toThrow(/dropout must be a number in \[0, 1\)/);
  });

  it('drops labels in training by its key', () => {
    const network = new UNet({ ...small, classes: 3, labelDropout: 1 });
    const label = tf.tensor1d([0, 1], 'int32');
    const dropped = network.forward({ ...input(), label }, { training: true, key: key(0) }).output.dataSync();
    expect(dropped).toEqual(network.forward(input()).output.dataSync());
    expect(network.forward({ ...input(), label }).output.dataSync()).not.toEqual(dropped);
  });

  it('gradient checkpointing gives the same output, gradients to the order of sums, and keeps less memory', () => {
    const network = new UNet({ ...small, dropout: 0.3, blocks: 2 });
    const of = input();
    const variables = Object.values(network.trainableVariables());
    const differentiate = () => {
      let alive = 0;
      const before = tf.memory().numBytes;
      const loss = () => {
        const { output } = network.forward(of, { training: true, key: key(3) });
        const value = tf.sum(tf.square(output)) as tf.Scalar;
        alive = tf.memory().numBytes - before;
        return value;
      };
      return { ...tf.variableGrads(loss, variables), alive };
    };
    const plain = differentiate();
    expect(network.setRecompute(/^(in|out)\.\d+$|^mid$/)).toHaveLength(4 + 1 + 6);
    const again = differentiate();
    expect(again.value.dataSync()).toEqual(plain.value.dataSync());
    for (const { name } of variables) expect(relativeError(again.grads[name], plain.grads[name])).toBeLessThan(2e-5);
    expect(again.alive).toBeLessThan(plain.alive / 2);
  });

  it.each([
    ['DDAE', small, ddaeNames],
    ['EDM', { ...song, classes: 2, augmentation: true }, edmNames],
    ['diffusers', { ...small, classes: 2, nullClass: false }, diffusersUNetNames],
  ] as const)('its weights go to the names of %s and back, unchanged', async (_, options, names) => {
    const network = new UNet(options);
    const state = await stateDict(network);
    const there = toOfficial(state, names(network));
    expect(Object.keys(there)).not.toContain('inConv.kernel');
    expect(fromOfficial(there, names(network))).toEqual(state);
  });

  it.each<[Partial<UNetOptions>, RegExp]>([
    [
      { image: [9, 8, 1] },
      /image must be of height and width divisible by 2, which 2 levels need, such as \[10, 8, 1\]/,
    ],
    [{ image: [8, 8] as never }, /image must be \[height, width, channels\]/],
    [
      { groups: 3 },
      /groups must be a divisor of the channels of every norm, of the 8 at in.1, before too: 1, 2, 4, 8, got 3/,
    ],
    [{ finalGroups: 5 }, /finalGroups must be a divisor of .* 8 at the last norm too: 1, 2, 4, 8, got 5/],
    [{ middleGroups: 3 }, /middleGroups must be a divisor of .* the 16 at mid.attn too: 1, 2, 4, 8, 16, got 3/],
    [{ headChannels: 5 }, /headChannels must be such that its heads share the 16 channels, a divisor of them, got 5/],
    [{ multipliers: [] }, /multipliers must be the channels of each level over width/],
    [{ multipliers: [1, 1.3] }, /multipliers must be such that 8 times each is a whole number/],
    [{ blocks: 0 }, /blocks must be a positive integer/],
    [{ down: ['conv', 'residual'] }, /down must be "conv", "residual", or one of them for each of the 1 steps/],
    [{ encoder: 'other' as never }, /encoder must be one of "standard", "skip", "residual"/],
    [{ embedding: 'learned' }, /steps must be the number of steps/],
    [{ activation: 'tanh' as never }, /activation must be one of "silu", "gelu", "mish", "relu"/],
    [
      { selfConditioning: { after: 'out.4' } },
      /after must be one of in.1, in.2, mid, out.1, out.2, out.3, got "out.4"/,
    ],
    [{ channels: [1] } as never, /"channels" is not an option/],
  ])('refuses the configuration %o', (options, message) => {
    expect(() => new UNet({ ...small, ...options })).toThrow(message);
  });

  it.each([
    ['x', () => tf.zeros([2, 8, 8, 3]), /UNet: x must be images \[B, H, W, 1\], height and width divisible by 2/],
    ['x', () => tf.zeros([2, 8, 7, 1]), /height and width divisible by 2/],
    ['noise', () => tf.zeros([3]), /noise must be one label for each of 2 images/],
    ['label', () => tf.tensor1d([0, 4], 'int32'), /label must be a class from 0 to 2, or 3 for "no label"/],
    ['augmentation', () => tf.zeros([2, 8]), /augmentation must be of shape \[2, 9\]/],
  ])('refuses a wrong %s: case %#', (name, bad, message) => {
    const network = new UNet({ ...small, classes: 3, augmentation: true });
    expect(() => network.forward({ ...input(), [name]: bad() } as never)).toThrow(message);
  });

  it('needs a label when there is no null class', () => {
    expect(() => new UNet({ ...small, classes: 3, nullClass: false }).forward(input())).toThrow(/label must be given/);
  });
});
