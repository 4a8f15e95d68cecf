import { UNet, type NameMap, type UNetOptions } from '@diptych/models';
import { diffusersUNetNames, type UNetResampling } from '@diptych/models/networks';
import * as tf from '@tensorflow/tfjs-core';
import type { OfficialConfiguration } from './official-case.ts';
import { known, type ComputedTap, type OfficialNetwork } from './official-network.ts';
import { activated, partOf, rawOutput, sinusoidOf, tapped } from './unet-tap.ts';

const defaults = {
  sample_size: null as number | readonly [number, number] | null,
  ...{ in_channels: 3, out_channels: 3, center_input_sample: false, time_embedding_type: 'positional' },
  time_embedding_dim: null as number | null,
  ...{ freq_shift: 0, flip_sin_to_cos: true },
  down_block_types: ['DownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D'],
  mid_block_type: 'UNetMidBlock2D' as string | null,
  up_block_types: ['AttnUpBlock2D', 'AttnUpBlock2D', 'AttnUpBlock2D', 'UpBlock2D'],
  block_out_channels: [224, 448, 672, 896],
  ...{ layers_per_block: 2, mid_block_scale_factor: 1, downsample_padding: 1 },
  ...{ downsample_type: 'conv', upsample_type: 'conv', dropout: 0, act_fn: 'silu' },
  attention_head_dim: 8 as number | null,
  norm_num_groups: 32,
  attn_norm_num_groups: null as number | null,
  ...{ norm_eps: 1e-5, resnet_time_scale_shift: 'default', add_attention: true },
  class_embed_type: null as string | null,
  num_class_embeds: null as number | null,
  num_train_timesteps: null as number | null,
};

const refuse = (what: string, value: unknown): never => {
  throw new Error(`no test understands the ${what} ${String(value)}`);
};

const oneOf = <T>(what: string, value: unknown, values: Readonly<Record<string, T>>): T =>
  Object.hasOwn(values, String(value)) ? values[String(value)] : refuse(what, value);

const downs: Readonly<Record<string, { attends: boolean; resampling: (type: UNetResampling) => UNetResampling }>> = {
  DownBlock2D: { attends: false, resampling: () => 'conv' },
  ResnetDownsampleBlock2D: { attends: false, resampling: () => 'residual' },
  AttnDownBlock2D: { attends: true, resampling: (type) => type },
};
const ups: typeof downs = {
  UpBlock2D: { attends: false, resampling: () => 'conv' },
  ResnetUpsampleBlock2D: { attends: false, resampling: () => 'residual' },
  AttnUpBlock2D: { attends: true, resampling: (type) => type },
};

/** diffusers' UNet2DModel. */
export function officialDiffusersUNet({ config }: OfficialConfiguration): OfficialNetwork {
  const of = known(config, defaults);
  const options = unetOptions(of);
  const network = new UNet(options);
  const names = diffusersUNetNames(network);
  return {
    network,
    names,
    input: ({ x, t, y, class_labels: label = y }) => ({
      ...{ x, noise: tf.cast(t, 'float32') },
      ...(label && { label }),
    }),
    // A parameter there, though one that is not trained.
    tap: (module) => diffusersTap(network, names, module),
  };
}

function unetOptions(of: typeof defaults): UNetOptions {
  const { block_out_channels: channels, layers_per_block: blocks, attention_head_dim: headChannels } = of;
  const levels = channels.length;
  const size = of.sample_size ?? 2 ** (levels + 2);
  const [height, width] = typeof size === 'number' ? [size, size] : size;
  const side = (level: number) => Math.min(height, width) / 2 ** level;
  const types = { conv: 'conv', resnet: 'residual' } as const;
  const [down, up] = [
    oneOf('downsample_type', of.downsample_type, types),
    oneOf('upsample_type', of.upsample_type, types),
  ];
  const [ins, outs] = [
    of.down_block_types.map((type) => oneOf('block', type, downs)),
    of.up_block_types.map((type) => oneOf('block', type, ups)).reverse(),
  ];
  if (ins.length !== levels || outs.length !== levels) refuse('number of blocks', ins.length);
  const attended = (list: typeof ins) => list.flatMap(({ attends }, level) => (attends ? [side(level)] : []));
  const scaleShift = oneOf('resnet_time_scale_shift', of.resnet_time_scale_shift, {
    default: false,
    scale_shift: true,
  });
  const embedding = oneOf('time_embedding_type', of.time_embedding_type, {
    positional: 'sinusoid',
    fourier: 'fourier',
    learned: 'learned',
  } as const);
  if (of.class_embed_type !== null) refuse('class_embed_type', of.class_embed_type);
  if (of.downsample_padding !== 0 && of.downsample_padding !== 1) refuse('downsample_padding', of.downsample_padding);
  if (embedding === 'sinusoid' && of.freq_shift !== 0 && of.freq_shift !== 1) refuse('freq_shift', of.freq_shift);
  const attending = ins.some(({ attends }) => attends) || outs.some(({ attends }) => attends) || of.add_attention;
  const shared = headChannels == null || channels.every((count) => count % headChannels === 0);
  if (attending && !shared) refuse('attention_head_dim', headChannels);
  const middle = of.mid_block_type === null ? 'none' : of.add_attention ? 'attention' : 'plain';
  if (of.mid_block_type !== null && of.mid_block_type !== 'UNetMidBlock2D') refuse('mid_block_type', of.mid_block_type);
  return {
    image: [height, width, of.in_channels],
    outputs: of.out_channels,
    width: channels[0],
    multipliers: channels.map((count) => count / channels[0]),
    blocks,
    attention: attended(ins),
    decoderAttention: attended(outs),
    middle,
    ...(headChannels != null && { headChannels }),
    down: ins.slice(0, -1).map(({ resampling }) => resampling(down)),
    // A block of the way up resamples behind itself: the last one does not.
    up: outs.slice(1).map(({ resampling }) => resampling(up)),
    downPadding: of.downsample_padding === 0 ? 'end' : 'both',
    conditioning: scaleShift ? 'scaleShift' : 'add',
    middleScale: 1 / of.mid_block_scale_factor,
    embedding,
    frequencies: embedding === 'fourier' ? 2 * channels[0] : channels[0],
    endpoint: of.freq_shift === 1,
    sinFirst: embedding === 'fourier' || !of.flip_sin_to_cos,
    noiseIsSigma: embedding === 'fourier',
    ...(embedding === 'learned' && { steps: of.num_train_timesteps ?? undefined }),
    condition: of.time_embedding_dim || 4 * channels[0],
    ...(of.num_class_embeds != null && { classes: of.num_class_embeds, nullClass: false }),
    groups: of.norm_num_groups,
    // Without groups of its own, attention in the middle of a network that scales and shifts has no norm.
    middleGroups: of.attn_norm_num_groups ?? (scaleShift ? 'none' : of.norm_num_groups),
    epsilon: of.norm_eps,
    dropout: of.dropout,
    activation: oneOf('act_fn', of.act_fn.toLowerCase(), {
      ...({ silu: 'silu', swish: 'silu', mish: 'mish', gelu: 'gelu', relu: 'relu' } as const),
    }),
    center: of.center_input_sample,
  };
}

function diffusersTap(network: UNet, names: NameMap, module: string): string | ComputedTap {
  const { config, layout } = network;
  if (module === 'conv_out' && !config.noiseIsSigma) return rawOutput;
  if (module === 'conv_act') return activated('outNorm');
  if (module === 'time_embedding') return 'embedding.fc2';
  if (module === 'time_proj') {
    const { embedding, frequencies = config.width, endpoint = true, sinFirst = true } = config;
    if (embedding === 'learned') return 'embedding.steps';
    if (embedding !== 'fourier') return sinusoidOf(frequencies, { endpoint, sinFirst });
    return tapped('embedding.fourier', (x) => tf.concat(tf.split(x, 2, 1).reverse(), 1));
  }
  const whole = /^(down|up)_blocks\.(\d+)$/.exec(module);
  if (whole) {
    const level = whole[1] === 'down' ? Number(whole[2]) : config.multipliers.length - 1 - Number(whole[2]);
    const [way, step, past] =
      whole[1] === 'down'
        ? ([layout.encoder, 'down', level + 1] as const)
        : ([layout.decoder, 'up', level - 1] as const);
    const resampling = way.find(({ kind, level: at }) => kind === step && at === past);
    return resampling?.name ?? way.filter(({ kind, level: at }) => kind === 'block' && at === level).at(-1)!.name;
  }
  // The first image that it resamples there is the shortcut's.
  const inner = /^(.*)\.(?:down|up)sample(?:\.conv)?$/.exec(module);
  if (inner) return `${partOf(inner[1], names)}.resample`;
  const part = partOf(module, names);
  if (!part) return module;
  if (/\.attn\.attn$/.test(part)) return part.replace(/\.attn$/, '');
  const which = /\.to_([qkv])$/.exec(module);
  if (which) return tapped(part, (x) => tf.split(x, 3, -1)['qkv'.indexOf(which[1])]);
  // Their norm is given the places last.
  if (/\.group_norm$/.test(module)) {
    return tapped(part, (x) => tf.transpose(tf.reshape(x, [x.shape[0], -1, x.shape[3]!]), [0, 2, 1]));
  }
  return part;
}
