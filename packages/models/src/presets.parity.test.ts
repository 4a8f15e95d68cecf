import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UViT, uvitPresets } from '@diptych/models';
import { fixturesFolder } from '@diptych/test-utils/fixtures';
import { officialNetwork } from '@diptych/test-utils/models';
import { describe, expect, it } from 'vitest';

interface Preset {
  arch: string;
  config: Record<string, unknown>;
  parameters: number;
  trainable: number;
  /** Elements of the state dict beside the parameters: buffers. */
  state_dict_elements: number;
  state_dict_entries: number;
  names?: Record<string, number[]>;
}

const file = join(fixturesFolder('models'), 'presets.json');
const presets = existsSync(file)
  ? Object.entries((JSON.parse(readFileSync(file, 'utf8')) as { presets: Record<string, Preset> }).presets)
  : [];

const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

describe('presets', () => {
  it.each(presets)(
    'parity of %s: as many parameters and weights as the official network, without taking memory',
    (_, preset) => {
      const { network, names } = officialNetwork({ ...preset, call: {} });
      const specs = Object.values(network.parameterSpecs());
      const count = (of: typeof specs) => of.reduce((sum, { shape }) => sum + size(shape), 0);
      expect(count(specs)).toBe(preset.parameters);
      expect(count(specs.filter(({ trainable }) => trainable))).toBe(preset.trainable);
      if (preset.state_dict_elements === preset.parameters) expect(specs.length).toBe(preset.state_dict_entries);
      if (!preset.names) return;
      expect(Object.fromEntries(Object.values(names).map(({ name, shape }) => [name, shape]))).toEqual(preset.names);
    },
  );

  it('uvitPresets: have the official sizes', () => {
    const cifar = { img_size: 32, patch_size: 2, embed_dim: 512, depth: 12, num_heads: 8 };
    const latent = {
      img_size: 32,
      patch_size: 2,
      in_chans: 4,
      embed_dim: 1152,
      depth: 28,
      num_heads: 16,
      num_classes: 1001,
      conv: false,
    };
    const official = (config: Record<string, unknown>) =>
      officialNetwork({ arch: 'uvit', config, call: {} }).network.parameterSpecs();
    const small = new UViT({ ...uvitPresets['S/2'], image: [32, 32, 3] });
    const huge = new UViT({ ...uvitPresets['H/2'], image: [32, 32, 4], classes: 1000 });
    expect(small.parameterSpecs()).toEqual(official(cifar));
    expect(huge.parameterSpecs()).toEqual(official(latent));
  });
});
