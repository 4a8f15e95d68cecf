import '@tensorflow/tfjs-backend-cpu';
import { DiptychError } from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AutoencoderKL } from '../networks/autoencoder/autoencoder-kl.ts';
import { AutoencoderTiny } from '../networks/autoencoder/autoencoder-tiny.ts';
import { DiT } from '../networks/dit/dit.ts';
import { Edm2UNet } from '../networks/edm2/edm2-unet.ts';
import { UNet } from '../networks/unet/unet.ts';
import { UViT } from '../networks/uvit/uvit.ts';
import type { NetworkBlock } from './network-block.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs of any network
type AnyNetwork = NetworkBlock<any>;

const tokens = { image: [4, 4, 2], patch: 2, width: 8, depth: 2, heads: 2, classes: 3 } as const;
const levels = { image: [4, 4, 2], width: 8, multipliers: [1, 1], blocks: 1, attention: [2], classes: 3 } as const;
const makers: Record<string, () => AnyNetwork> = {
  UViT: () => new UViT(tokens),
  DiT: () => new DiT(tokens),
  UNet: () => new UNet({ ...levels, filter: [1, 1] }),
  Edm2UNet: () => new Edm2UNet(levels),
};
const sound = () => ({
  x: tf.zeros([2, 4, 4, 2]),
  noise: tf.zeros([2]),
  label: tf.tensor1d([0, 2], 'int32'),
});

describe.each(Object.keys(makers))('inputs of a %s', (name) => {
  let network: AnyNetwork;
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });
  beforeEach(() => {
    network = makers[name]();
    network.build();
    tf.engine().startScope();
  });
  afterEach(() => {
    tf.engine().endScope();
    network.dispose();
  });

  const refused = (input: unknown, options?: object) => {
    const before = tf.memory().numTensors;
    try {
      network.forward(input as never, options as never);
    } catch (error) {
      expect(error).toSatisfy(DiptychError.isInstance);
      expect(tf.memory().numTensors, (error as Error).message).toBe(before);
      return (error as Error).message;
    }
    throw new Error('it was taken');
  };

  it.each([
    [3, 4, 2],
    [4, 3, 2],
    [5, 5, 2],
    [4, 4, 1],
    [4, 4, 3],
    [0, 4, 2],
  ])('images of %i x %i x %i are refused with both sizes in the message', (...size) => {
    const message = refused({ ...sound(), x: tf.zeros([2, ...size]) });
    expect(message).toMatch(new RegExp(`^${name}: x must be images \\[B, `));
    expect(message).toContain(`[2, ${size.join(', ')}]`);
  });

  it('a batch of another number, and kinds that are none', () => {
    expect(refused({ ...sound(), x: tf.zeros([3, 4, 4, 2]) })).toMatch(/noise must be one label for each of 3 images/);
    expect(refused({ ...sound(), x: tf.zeros([4, 4, 2]) })).toMatch(/x must be images/);
    expect(refused({ ...sound(), x: tf.zeros([2, 4, 4, 2], 'int32') })).toMatch(/x must be images/);
    expect(refused({ ...sound(), x: [[1]] })).toMatch(/x must be images/);
    expect(refused({ ...sound(), noise: 3 })).toMatch(/noise must be one label/);
    expect(refused({ ...sound(), noise: tf.zeros([2, 1]) })).toMatch(/noise must be one label/);
    expect(refused({ ...sound(), label: [0, 1] })).toMatch(/label must be one for each of 2 images/);
    expect(refused({ ...sound(), label: tf.tensor1d([0], 'int32') })).toMatch(/label must be one for each of 2 images/);
    expect(refused({ ...sound(), label: tf.zeros([2]) })).toMatch(/label must be int32/);
    expect(refused({ ...sound(), label: tf.tensor1d([0, 4], 'int32') })).toMatch(/label must be a class from 0 to 2/);
    expect(refused(undefined)).toMatch(/input must be/);
    expect(refused(null)).toMatch(/input must be/);
    expect(refused(sound(), { taps: 'mid' })).toMatch(/taps must be an array of names/);
  });

  it('an augmentation and a context without the option for them, which would be learnt unseen', () => {
    const augmentation = tf.zeros([2, 9]);
    expect(refused({ ...sound(), augmentation })).toMatch(/augmentation must be absent .* leave the parameters out/);
    expect(refused({ ...sound(), context: tf.zeros([2, 3, 4]) })).toMatch(/context must be absent/);
    expect(network.forward({ ...sound(), augmentation: undefined }).output.shape).toEqual([2, 4, 4, 2]);
  });
});

describe('inputs of autoencoders', () => {
  it.each([
    ['AutoencoderKL', () => new AutoencoderKL({ widths: [4, 4], groups: 2, blocks: 1, channels: 2 })],
    [
      'AutoencoderTiny',
      () => new AutoencoderTiny({ width: 2, encoderBlocks: [1, 1], decoderBlocks: [1, 1], channels: 2 }),
    ],
  ] as const)('%s refuses images and latents of other sizes by name', (name, make) => {
    const autoencoder = make();
    const images = (...shape: number[]) => autoencoder.forward(tf.zeros(shape as [number, number, number, number]));
    tf.tidy(() => {
      expect(() => images(1, 4, 4, 3)).toThrow(`${name}: x must be images [B, H, W, 2], got`);
      expect(() => images(1, 3, 4, 2)).toThrow(`${name}: x must be images whose height and width are divisible by 2`);
      expect(() => images(4, 4, 2)).toThrow(`${name}: x must be images`);
      expect(() => autoencoder.decode(tf.zeros([1, 2, 2, 3]))).toThrow(`${name}: z must be latents [B, h, w, 4]`);
    });
    autoencoder.dispose();
  });
});

it.each([
  ['UViT', () => new UViT({ ...tokens, augmentation: true })],
  ['DiT', () => new DiT({ ...tokens, augmentation: true })],
  ['UNet', () => new UNet({ ...levels, augmentation: true })],
  ['UNet', () => new UNet({ ...levels, augmentation: 5 })],
] as const)('an augmentation of another width is refused by a %s that takes one', (name, make) => {
  const network = make() as AnyNetwork;
  tf.tidy(() => {
    const forward = () => network.forward({ ...sound(), augmentation: tf.zeros([2, 4]) });
    expect(forward).toThrow(new RegExp(`${name}: augmentation must be of shape \\[2, [59]\\]`));
  });
  network.dispose();
});
