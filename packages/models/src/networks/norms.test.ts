import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AnyBlock } from '../base/block.ts';
import { GroupNorm } from '../blocks/norm/group-norm.ts';
import { LayerNorm } from '../blocks/norm/layer-norm.ts';
import { RmsNorm } from '../blocks/norm/rms-norm.ts';
import { AutoencoderKL } from './autoencoder/autoencoder-kl.ts';
import { DiT } from './dit/dit.ts';
import { UNet } from './unet/unet.ts';
import { unetPresets } from './unet/unet-presets.ts';
import { UViT } from './uvit/uvit.ts';

const tokens = { image: [4, 4, 2], patch: 2, width: 8, depth: 2, heads: 2 } as const;
const images = { image: [8, 8, 2], width: 8, multipliers: [1, 2], blocks: 1, attention: [4], groups: 2 } as const;
const small = { ...images, finalGroups: 2 } as const;

/** What the official networks add to the variance, by the name of the norm; all norms of a network are in its table. */
const networks: readonly [string, () => AnyBlock, Readonly<Record<number, RegExp>>][] = [
  ['U-ViT', () => new UViT(tokens), { 1e-5: /norm/ }],
  ['DiT', () => new DiT(tokens), { 1e-6: /norm/ }],
  [
    'LightningDiT with QK-norm',
    () => new DiT({ ...tokens, norm: 'rms', mlp: 'swiGlu', qkNorm: 'rms' }),
    { 1e-6: /norm/i },
  ],
  [
    'DiT with layer norms of queries and keys',
    () => new DiT({ ...tokens, qkNorm: 'layer' }),
    { 1e-5: /(qNorm|kNorm)$/, 1e-6: /(norm1|norm2|norm)$/ },
  ],
  ["diffusers' DiT", () => new DiT({ ...tokens, mlpEpsilon: 1e-5 }), { 1e-5: /norm2$/, 1e-6: /(norm1|norm)$/ }],
  ["DDAE's UNet", () => new UNet({ ...unetPresets.ddpm, ...small }), { 1e-5: /norm/i }],
  ["DDAE's DDPM++", () => new UNet({ ...unetPresets.ddpmpp, ...small }), { 1e-5: /norm/i }],
  ['SongUNet', () => new UNet({ ...unetPresets['edm-ddpmpp'], ...small }), { 1e-6: /norm/i }],
  [
    'SongUNet with pyramids',
    () => new UNet({ ...unetPresets['edm-ncsnpp'], ...small, frequencies: 16, decoder: 'skip' }),
    { 1e-6: /norm/i },
  ],
  ['ADM', () => new UNet({ ...unetPresets['edm-adm'], ...small, headChannels: 4 }), { 1e-5: /norm/i }],
  ["diffusers' ddpm-cifar10", () => new UNet({ ...unetPresets['ddpm-diffusers'], ...small }), { 1e-6: /norm/i }],
  [
    'KL autoencoder',
    () => new AutoencoderKL({ widths: [4, 8], blocks: 1, groups: 2, attention: [1] }),
    { 1e-6: /norm/i },
  ],
];

describe('epsilons', () => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });

  // With a variance of 1e-6 either epsilon shows: 1e-5 for 1e-6 halves what comes out.
  it.each(networks)('every norm of %s adds the epsilon of the official network to its variance', (_, make, table) => {
    const norms = [...make().namedBlocks()].filter(
      ([, block]) => block instanceof GroupNorm || block instanceof LayerNorm || block instanceof RmsNorm,
    );
    expect(norms.length).toBeGreaterThan(2);
    for (const [name, norm] of norms) {
      const epsilons = Object.entries(table).flatMap(([epsilon, names]) => (names.test(name) ? [Number(epsilon)] : []));
      expect(epsilons, name).toHaveLength(1);
      expect(epsilonOf(norm), name).toBeCloseTo(epsilons[0], 8);
    }
  });
});

/** What a norm adds, from how it scales small numbers: y = x / sqrt(variance + epsilon), one place of equal magnitudes. */
function epsilonOf(norm: AnyBlock): number {
  const config = norm.getConfig() as { width: number };
  const x = tf.mul(tf.sub(tf.mod(tf.range(0, config.width), 2), 0.5), 2e-3); // 1e-3 and -1e-3 in turn
  const y = norm.forward(tf.reshape(x, [1, 1, config.width])) as tf.Tensor;
  return (1e-3 / tf.max(tf.abs(y)).dataSync()[0]) ** 2 - 1e-6;
}
