import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AutoencoderKL,
  autoencoderKLPresets,
  AutoencoderTiny,
  autoencoderTinyPresets,
  DiT,
  ditPresets,
  lightningDiTPresets,
  sitPresets,
  totalMacs,
  UViT,
  uvitPresets,
} from '@diptych/models';
import { namesOf, officialConstants } from '@diptych/models/state';
import type { AnyBlock } from '@diptych/models';
import { fixturesFolder } from '@diptych/test-utils/fixtures';
import { isAutoencoder, officialAutoencoder, officialNetwork } from '@diptych/test-utils/models';
import { describe, expect, it } from 'vitest';

interface Preset {
  arch: string;
  config: Record<string, unknown>;
  parameters: number;
  trainable: number;
  /** Elements of the state dict beside the parameters: buffers. */
  state_dict_elements: number;
  state_dict_entries: number;
  gmacs_per_image: number;
  /** Shapes of the inputs. */
  input: { x: number[] };
  names?: Record<string, number[]>;
}

const file = join(fixturesFolder('models'), 'presets.json');
const all = existsSync(file)
  ? Object.entries((JSON.parse(readFileSync(file, 'utf8')) as { presets: Record<string, Preset> }).presets)
  : [];

// Autoencoders are no denoising networks.
const presets = all.filter(([, { arch }]) => !/autoencoder/i.test(arch));

const families: Readonly<Record<string, object>> = {
  dit: ditPresets,
  lightningdit: lightningDiTPresets,
  sit: sitPresets,
};

const nhwc = ([batch, channels, height, width]: number[]) => [batch, height, width, channels];
const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

/** The network of a preset, with what the counts of the reference leave out. */
function officialPreset(preset: Preset) {
  if (isAutoencoder(preset)) return { ...officialAutoencoder(preset), buffers: undefined, uncounted: 0 };
  const { network, names, buffers, uncounted = 0 } = officialNetwork({ ...preset, call: {} });
  return { network, names, buffers, uncounted };
}

describe('presets', () => {
  it.each(presets)(
    'parity of %s: as many parameters, weights and multiply-adds as the official network, without taking memory',
    (_, preset) => {
      const { network, names, buffers, uncounted } = officialPreset(preset);
      const kept = Object.entries(network.parameterSpecs()).filter(([name]) => !Object.hasOwn(names.computed, name));
      const specs = kept.flatMap(([name, spec]) => (buffers?.test(name) ? [] : [spec]));
      const count = (of: typeof specs) => of.reduce((sum, { shape }) => sum + size(shape), 0);
      expect(count(specs)).toBe(preset.parameters);
      expect(count(specs.filter(({ trainable }) => trainable))).toBe(preset.trainable);
      const weights = Object.values(names.weights).flatMap((weight) =>
        namesOf(weight).map((name) => [name, weight.shape]),
      );
      expect(weights.length + Object.keys(names.constants).length).toBe(preset.state_dict_entries);
      // diffusers embeds the time of its first block once more for the last layer.
      const again = preset.arch === 'diffusers_DiTTransformer2DModel' ? (network as AnyBlock).macs().timeEmbedding : 0;
      const images = isAutoencoder(preset) ? [nhwc(preset.input.x)] : [];
      expect((totalMacs(network, ...images) + again + uncounted) / 1e9).toBeCloseTo(preset.gmacs_per_image, 3);
      if (!preset.names) return;
      const constants = Object.entries(officialConstants(names)).map(([name, { shape }]) => [name, shape]);
      expect(Object.fromEntries([...weights, ...constants])).toEqual(preset.names);
    },
  );

  it('our presets have the official sizes', () => {
    const official = (arch: string, config: Record<string, unknown>) =>
      officialNetwork({ arch, config, call: {} }).network.parameterSpecs();
    const cifar = { img_size: 32, patch_size: 2, embed_dim: 512, depth: 12, num_heads: 8 };
    expect(new UViT({ ...uvitPresets['S/2'], image: [32, 32, 3] }).parameterSpecs()).toEqual(official('uvit', cifar));
    for (const [name, preset] of presets) {
      const label = name.replace(/^(U-ViT|LightningDiT|DiT|SiT)-/, '').split(' ')[0];
      const { config } = preset;
      if (preset.arch === 'uvit') {
        const { img_size: size, in_chans: channels, num_classes: rows } = config as Record<string, number>;
        const of = uvitPresets[label as keyof typeof uvitPresets];
        const labels = rows > 0 ? { classes: rows === 1001 ? 1000 : rows, nullClass: rows === 1001 } : {};
        const network = new UViT({ ...of, image: [size, size, channels], ...labels });
        expect(network.parameterSpecs(), name).toEqual(official('uvit', config));
      } else if (Object.hasOwn(families, preset.arch)) {
        const family = families[preset.arch];
        const of = (family as Readonly<Record<string, unknown>>)[label] as (typeof sitPresets)['B/2'];
        const { input_size: size, in_channels: channels } = config as Record<string, number>;
        const network = new DiT({ ...of, image: [size, size, channels], classes: 1000 });
        expect(network.parameterSpecs(), name).toEqual(official(preset.arch, config));
      } else if (isAutoencoder(preset)) {
        const { network } = officialAutoencoder(preset);
        const { latentChannels, downsampling } = network.shape;
        const size = `f${downsampling}-d${latentChannels}` as 'f8-d4';
        const ours =
          network instanceof AutoencoderTiny
            ? new AutoencoderTiny(autoencoderTinyPresets[size])
            : new AutoencoderKL(autoencoderKLPresets[size]);
        expect(ours.parameterSpecs(), name).toEqual(network.parameterSpecs());
      }
    }
  });
});
