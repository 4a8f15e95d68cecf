import { UNet, type UNetOptions } from '@diptych/models';
import { ddaeNames, type UNetStage } from '@diptych/models/networks';
import { edm, preconditioned } from '@diptych/core';
import { meanPool } from '@diptych/ops';
import type * as tf from '@tensorflow/tfjs-core';
import type { OfficialConfiguration } from './official-case.ts';
import { known, type ComputedTap, type OfficialNetwork } from './official-network.ts';
import { partOf, rawOutput, reorderedQkv, tapped } from './unet-tap.ts';

const defaults = {
  image_shape: [3, 32, 32],
  n_channels: 128,
  ch_mults: [1, 2, 2, 2],
  is_attn: [false, true, false, false],
  attn_channels_per_head: null as number | null,
  dropout: 0.1,
  n_blocks: 2,
  use_res_for_updown: false,
  augment_dim: 0,
};

/** FutureXiang/ddae, model/unet.py. */
export function officialDdae({ config, variant }: OfficialConfiguration): OfficialNetwork {
  const of = known(config, defaults);
  const groups = groupsOf(variant);
  const [channels, height, width] = of.image_shape;
  const side = Math.min(height, width);
  const options: UNetOptions = {
    image: [height, width, channels],
    width: of.n_channels,
    multipliers: of.ch_mults,
    blocks: of.n_blocks,
    attention: of.is_attn.flatMap((attends, level) => (attends ? [side / 2 ** level] : [])),
    ...(of.attn_channels_per_head != null && { headChannels: of.attn_channels_per_head }),
    down: of.use_res_for_updown ? 'residual' : 'conv',
    up: of.use_res_for_updown ? 'residual' : 'conv',
    ...groups,
    dropout: of.dropout,
    ...(of.augment_dim > 0 && { augmentation: of.augment_dim }),
  };
  const network = new UNet(options);
  const names = ddaeNames(network);
  const stages = [...network.layout.encoder, ...network.layout.decoder];
  const features = stages.filter(({ name }) => name.startsWith('out.')).map(({ name }) => name);
  return {
    network,
    names,
    input: ({ x, t, aug }) => ({ x, noise: t, ...(aug && { augmentation: aug }) }),
    outputs: Object.fromEntries(features.map((name) => [`feature.${name.replace('.', '_')}`, tapped(name, meanPool)])),
    tap: (module) => ddaeTap(module, names, stages),
    guided: {
      D_x: ({ x, sigma, aug }) => {
        const sigmas = [...sigma.dataSync()];
        const { denoised, output } = preconditioned(network, edm(), x as tf.Tensor4D, sigmas, {
          ...(aug && { augmentation: aug as tf.Tensor2D }),
        });
        output.dispose();
        return denoised;
      },
    },
  };
}

function ddaeTap(module: string, names: OfficialNetwork['names'], stages: readonly UNetStage[]): string | ComputedTap {
  if (module === 'final') return rawOutput;
  if (/^time_emb$/.test(module)) return 'embedding.fc2';
  const part = partOf(module, names);
  if (!part) return module;
  const inAttention = /^(.*?)\.attn\.attn\.(qkv|proj)$/.exec(part);
  if (inAttention?.[2] === 'qkv') {
    const { heads } = stages.find(({ name }) => name === inAttention[1])!;
    return tapped(part, (x) => reorderedQkv(x, heads, ['heads', 'three', 'd']));
  }
  return part;
}

/** The official code has 32 groups, and 8 in the last norm; a case may have had them edited, a quarter of these at a time. */
function groupsOf(variant?: string): { groups: number; finalGroups: number } {
  if (variant === undefined) return { groups: 32, finalGroups: 8 };
  const edited = /^g(\d+)$/.exec(variant);
  if (!edited) throw new Error(`no test understands the variant ${variant}`);
  return { groups: Number(edited[1]), finalGroups: Math.ceil(Number(edited[1]) / 2) };
}
