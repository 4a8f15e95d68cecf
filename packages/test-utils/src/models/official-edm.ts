import { edm, iddpm, ve, vp } from '@diptych/core';
import { iddpmLevels } from '@diptych/core/grids';
import type { Diffusion } from '@diptych/core';
import { edmNames } from '@diptych/models/networks';
import { UNet } from '@diptych/models';
import type { NameMap, UNetOptions } from '@diptych/models';
import * as tf from '@tensorflow/tfjs-core';
import type { OfficialConfiguration } from './official-case.ts';
import { known, type ComputedTap, type OfficialNetwork } from './official-network.ts';
import { asMap, givenTo, partOf, rawOutput, reorderedQkv, sinusoidOf, tapped } from './unet-tap.ts';

const shared = {
  ...{ img_resolution: 32, in_channels: 3, out_channels: 3, label_dim: 0, augment_dim: 0 },
  ...{ channel_mult_emb: 4, dropout: 0.1, label_dropout: 0 },
};
const songDefaults = {
  ...shared,
  ...{ model_channels: 128, channel_mult: [1, 2, 2, 2], num_blocks: 4, attn_resolutions: [16] },
  ...{ embedding_type: 'positional', channel_mult_noise: 1, encoder_type: 'standard', decoder_type: 'standard' },
  resample_filter: [1, 1],
};
const admDefaults = {
  ...shared,
  ...{ model_channels: 192, channel_mult: [1, 2, 3, 4], num_blocks: 3, attn_resolutions: [32, 16, 8] },
};

const common = (of: typeof shared & Pick<typeof songDefaults, 'model_channels' | 'channel_mult' | 'num_blocks'>) => ({
  image: [of.img_resolution, of.img_resolution, of.in_channels] as const,
  outputs: of.out_channels,
  width: of.model_channels,
  multipliers: of.channel_mult,
  blocks: of.num_blocks,
  condition: of.model_channels * of.channel_mult_emb,
  down: 'residual' as const,
  up: 'residual' as const,
  ...(of.label_dim > 0 && { classes: of.label_dim }),
  ...(of.augment_dim > 0 && { augmentation: of.augment_dim }),
  labelDropout: of.label_dropout,
  dropout: of.dropout,
});

function songOptions(config: Record<string, unknown>): UNetOptions {
  const of = known(config, songDefaults);
  const embeddings: Readonly<Record<string, UNetOptions['embedding']>> = { positional: 'sinusoid', fourier: 'fourier' };
  if (!Object.hasOwn(embeddings, of.embedding_type)) throw new Error(`no test understands ${of.embedding_type}`);
  return {
    ...common(of),
    attention: of.attn_resolutions,
    lastAttention: true,
    projectShortcut: true,
    skipScale: Math.SQRT1_2,
    epsilon: 1e-6,
    frequencies: of.model_channels * of.channel_mult_noise,
    embedding: embeddings[of.embedding_type],
    encoder: of.encoder_type as UNetOptions['encoder'],
    decoder: of.decoder_type as UNetOptions['decoder'],
    filter: of.resample_filter,
    labelsAt: 'frequencies',
    initials: 'xavier',
  };
}

function admOptions(config: Record<string, unknown>, headChannels: number): UNetOptions {
  const of = known(config, admDefaults);
  return {
    ...common(of),
    attention: of.attn_resolutions,
    stem: of.model_channels * of.channel_mult[0],
    headChannels,
    conditioning: 'scaleShift',
    endpoint: false,
    sinFirst: false,
    initials: 'zeroResidual',
  };
}

/** NVlabs/edm, training/networks.py: SongUNet and DhariwalUNet. */
export function officialEdm({ arch, config, variant }: OfficialConfiguration): OfficialNetwork {
  return unetOf(arch === 'edm_SongUNet', config, variant);
}

function unetOf(song: boolean, config: Record<string, unknown>, variant?: string, prefix = ''): OfficialNetwork {
  const edited = /^cph(\d+)$/.exec(variant ?? 'cph64');
  if (!edited || (song && variant !== undefined)) throw new Error(`no test understands the variant ${variant}`);
  const network = new UNet(song ? songOptions(config) : admOptions(config, Number(edited[1])));
  const names = edmNames(network, { prefix });
  return {
    network,
    names,
    input: ({ x, noise_labels: noise, class_labels: rows, augment_labels: augmentation }) => ({
      ...{ x, noise },
      ...(rows && network.classes && { label: labelsOf(rows) }),
      ...(augmentation && { augmentation }),
    }),
    buffers: /^embedding\.fourier\./,
    uncounted: uncounted(network),
    tap: (module) => edmTap(network, names, module, prefix),
  };
}

/** One-hot rows as numbers; a row of zeros is the null class. */
export function labelsOf(rows: tf.Tensor): tf.Tensor1D {
  const [batch, classes] = rows.shape;
  const values = rows.dataSync();
  const labels = Array.from({ length: batch }, (_, i) => {
    const row = [...values.slice(i * classes!, (i + 1) * classes!)];
    const hot = row.indexOf(1);
    const simple = row.every((n, at) => n === (at === hot ? 1 : 0));
    if (!simple) throw new Error(`no test understands the class labels [${row.join(', ')}]`);
    return hot < 0 ? classes! : hot;
  });
  return tf.tensor1d(labels, 'int32');
}

/** Resampling counts as a depthwise convolution there, of its input on the way up, in main path and shortcut; labels as a matrix. */
function uncounted({ config, layout }: UNet): number {
  const { filter = [1, 1], image, classes = 0, frequencies = config.width, labelsAt, outputs = image[2] } = config;
  const places = (level: number) => (image[0] / 2 ** level) * (image[1] / 2 ** level);
  const taps = filter.length ** 2;
  const each = [...layout.encoder, ...layout.decoder].map(({ kind, level, inputs }) => {
    if (kind === 'down') {
      const aux = config.encoder === 'skip' ? image[2] : config.encoder === 'residual' ? inputs : 0;
      return places(level) * taps * (2 * inputs + aux);
    }
    const aux = config.decoder === 'skip' ? outputs : 0;
    return kind === 'up' ? places(level + 1) * taps * (2 * inputs + aux) : 0;
  });
  const labels = classes * (labelsAt === 'frequencies' ? frequencies : layout.condition);
  return each.reduce((sum, n) => sum + n, labels);
}

function edmTap(network: UNet, names: NameMap, module: string, prefix: string): string | ComputedTap {
  const { config, layout } = network;
  const path = module.startsWith(prefix) ? module.slice(prefix.length) : module;
  if (module === 'in.model.x') return givenTo('x');
  if (module === 'in.model.noise_labels') return givenTo('noise');
  if (prefix && module === prefix.slice(0, -1)) return rawOutput;
  if (path === 'map_noise') {
    if (config.embedding === 'fourier') return 'embedding.fourier';
    return sinusoidOf(config.frequencies ?? config.width, { endpoint: config.endpoint ?? true, sinFirst: false });
  }
  const levelOf = (side: string) => Math.log2(config.image[0] / Number(side));
  const aux = /_aux_(down|residual|up)$/.exec(path);
  if (aux) {
    const level = levelOf(/(\d+)x/.exec(path)![1]);
    return aux[1] === 'up' ? `pyramidUp.${level + 1}` : `pyramidDown.${level}`;
  }
  const part = partOf(module, names);
  if (!part) return module;
  const middle = /_in([01])$/.exec(path);
  const stages = [...layout.encoder, ...layout.decoder];
  if (middle) {
    const attends = stages.some(({ name, heads }) => name === 'mid' && heads > 0);
    return middle[1] === '1' ? 'mid.res2' : attends ? 'mid.attn' : 'mid.res1';
  }
  const inAttention = /^(.*?)\.attn\.attn\.(qkv|proj)$/.exec(part);
  if (!inAttention) return part;
  const { heads, level } = stages.find(({ name }) => name === inAttention[1])!;
  const [height, width] = [config.image[0] / 2 ** level, config.image[1] / 2 ** level];
  return tapped(part, (x) => {
    const rows = inAttention[2] === 'qkv' ? reorderedQkv(x, heads, ['heads', 'd', 'three']) : x;
    return asMap(rows, [height, width]);
  });
}

const preconditionings = {
  edm_VPPrecond: {
    options: { beta_d: 19.9, beta_min: 0.1, M: 1000, epsilon_t: 1e-5, model_type: 'SongUNet' },
    diffusion: (of: Record<string, number>) =>
      vp({ betaD: of.beta_d, betaMin: of.beta_min, timesteps: of.M, epsilon: of.epsilon_t }),
  },
  edm_VEPrecond: { options: { sigma_min: 0.02, sigma_max: 100, model_type: 'SongUNet' }, diffusion: () => ve() },
  edm_iDDPMPrecond: {
    options: { C_1: 0.001, C_2: 0.008, M: 1000, model_type: 'DhariwalUNet' },
    diffusion: (of: Record<string, number>) => iddpm({ c1: of.C_1, c2: of.C_2, levels: of.M }),
  },
  edm_EDMPrecond: {
    options: { sigma_min: 0, sigma_max: Infinity, sigma_data: 0.5, model_type: 'DhariwalUNet' },
    diffusion: (of: Record<string, number>) => edm({ sigmaData: of.sigma_data }),
  },
} as const satisfies Readonly<
  Record<string, { options: Record<string, unknown>; diffusion: (of: Record<string, number>) => Diffusion }>
>;

/** NVlabs/edm, training/networks.py: a network in one of its four preconditionings. */
export function officialEdmPrecond({ arch, config, variant }: OfficialConfiguration): OfficialNetwork {
  const { options, diffusion: make } = preconditionings[arch as keyof typeof preconditionings];
  const own = Object.fromEntries(Object.entries(config).filter(([name]) => Object.hasOwn(options, name)));
  const { img_channels = 3, ...rest } = Object.fromEntries(
    Object.entries(config).filter(([name]) => !Object.hasOwn(options, name) && name !== 'use_fp16'),
  );
  const of = { ...options, ...own };
  const types = ['SongUNet', 'DhariwalUNet'];
  if (!types.includes(of.model_type)) throw new Error(`no test understands the model type ${of.model_type}`);
  if (config.use_fp16) throw new Error('no test understands half precision');
  for (const name of ['in_channels', 'out_channels']) {
    if (name in rest) throw new Error(`no test understands ${name} of a preconditioned network`);
  }
  const learned = arch === 'edm_iDDPMPrecond' ? 2 : 1;
  const channels = Number(img_channels);
  const inner = { ...rest, in_channels: channels, out_channels: learned * channels };
  const diffusion = make(of as unknown as Record<string, number>);
  const network = unetOf(of.model_type === 'SongUNet', inner, variant, 'model.');
  const { C_1: c1, C_2: c2, M: levels } = of as unknown as Record<string, number | undefined>;
  const u = () => {
    const data = Float32Array.from(iddpmLevels({ c1, c2, levels }));
    return { shape: [data.length], dtype: 'float32' as const, data };
  };
  return preconditionedBy(diffusion, {
    ...network,
    names: learned === 2 ? { ...network.names, constants: { ...network.names.constants, u } } : network.names,
  });
}

/** A network whose input and output a process scales. */
export function preconditionedBy(diffusion: Diffusion, network: OfficialNetwork): OfficialNetwork {
  const each = (sigma: tf.Tensor, of: 'cSkip' | 'cOut' | 'cIn' | 'cNoise') => {
    return Float32Array.from(sigma.dataSync(), (level) => diffusion.precondition(level)[of]);
  };
  const scaled = (x: tf.Tensor, sigma: tf.Tensor, of: 'cSkip' | 'cOut' | 'cIn') =>
    tf.mul(x, tf.tensor4d(each(sigma, of), [sigma.size, 1, 1, 1]));
  return {
    ...network,
    input: ({ x, sigma, ...official }) =>
      network.input({ ...official, x: scaled(x, sigma, 'cIn'), noise_labels: tf.tensor1d(each(sigma, 'cNoise')) }),
    result: (raw, { x, sigma }) => {
      const prediction = tf.slice(raw, [0, 0, 0, 0], [-1, -1, -1, x.shape[3]!]);
      return tf.add(scaled(x, sigma, 'cSkip'), scaled(prediction, sigma, 'cOut'));
    },
  };
}
