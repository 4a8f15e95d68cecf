import { edm } from '@diptych/core';
import { Edm2UNet, type Edm2UNetOptions } from '@diptych/models';
import { edm2Names } from '@diptych/models/networks';
import * as tf from '@tensorflow/tfjs-core';
import type { OfficialConfiguration } from './official-case.ts';
import { labelsOf, preconditionedBy } from './official-edm.ts';
import { known, type ComputedTap, type OfficialNetwork } from './official-network.ts';
import { givenTo, partOf, rawOutput, tapped } from './unet-tap.ts';

const defaults = {
  ...{ img_resolution: 64, img_channels: 3, label_dim: 0, model_channels: 192, channel_mult: [1, 2, 3, 4] },
  channel_mult_noise: null as number | null,
  channel_mult_emb: null as number | null,
  ...{ num_blocks: 3, attn_resolutions: [16, 8], label_balance: 0.5, concat_balance: 0.5 },
  ...{ resample_filter: [1, 1], channels_per_head: 64, dropout: 0, res_balance: 0.3, attn_balance: 0.3 },
  clip_act: 256 as number | null,
};
const precondDefaults = { ...defaults, use_fp16: true, sigma_data: 0.5, logvar_channels: 128 };

/** NVlabs/edm2, training/networks_edm2.py: UNet (`edm2_unet`) and Precond (`edm2_precond`). */
export function officialEdm2({ arch, config, call }: OfficialConfiguration): OfficialNetwork {
  const preconditioned = arch === 'edm2_precond';
  const { train = false, ...rest } = call;
  if (Object.keys(rest).length) throw new Error(`no test understands the call ${Object.keys(rest).join(', ')}`);
  const {
    use_fp16: _,
    sigma_data: sigmaData,
    logvar_channels: logvar,
    ...of
  } = {
    ...precondDefaults,
    ...known(config, preconditioned ? precondDefaults : (defaults as typeof precondDefaults)),
  };
  const options: Edm2UNetOptions = {
    image: [of.img_resolution, of.img_resolution, of.img_channels],
    width: of.model_channels,
    multipliers: of.channel_mult,
    blocks: of.num_blocks,
    attention: of.attn_resolutions,
    headChannels: of.channels_per_head,
    ...(of.channel_mult_noise != null && { frequencies: of.model_channels * of.channel_mult_noise }),
    ...(of.channel_mult_emb != null && { condition: of.model_channels * of.channel_mult_emb }),
    ...(of.label_dim > 0 && { classes: of.label_dim }),
    filter: of.resample_filter,
    balances: {
      label: of.label_balance,
      concat: of.concat_balance,
      residual: of.res_balance,
      attention: of.attn_balance,
    },
    dropout: of.dropout,
    clip: of.clip_act ?? 'none',
    ...(preconditioned && { logvarChannels: logvar }),
  };
  const network = new Edm2UNet(options);
  const prefix = preconditioned ? 'unet.' : '';
  const names = edm2Names(network, { prefix });
  const { encoder, decoder } = network.layout;
  const places = (level: number) => (options.image[0] / 2 ** level) * (options.image[1] / 2 ** level);
  const filters = [...encoder, ...decoder].map(({ kind, level, inputs }) => {
    const seen = kind === 'down' ? level : kind === 'up' ? level + 1 : undefined;
    return seen === undefined ? 0 : places(seen) * inputs * of.resample_filter.length ** 2;
  });
  const tap = (module: string): string | ComputedTap => {
    const path = module.startsWith(prefix) ? module.slice(prefix.length) : module;
    if (module === 'in.unet.x') return givenTo('x');
    if (module === 'in.unet.noise_labels') return givenTo('noise');
    if (module === 'unet' || path === 'out_conv') return rawOutput;
    if (path === 'emb_fourier') return 'embFourier';
    if (module === 'logvar_fourier') return inLogvar('logvar.fourier');
    if (module === 'logvar_linear') return inLogvar('logvar.linear');
    const part = partOf(module, names) ?? module;
    const inAttention = /^(.*?)\.attnQkv$/.exec(part);
    if (inAttention) {
      const { heads } = [...encoder, ...decoder].find(({ name }) => name === inAttention[1].replace('.in0', ''))!;
      return tapped(part, (x) => {
        const [batch, height, width, columns] = x.shape;
        const apart = tf.reshape(x, [batch, height! * width!, 3, heads, columns! / 3 / heads]);
        return tf.reshape(tf.transpose(apart, [0, 1, 3, 4, 2]), [batch, height!, width!, columns!]);
      });
    }
    // The layer has the gain of the block in it.
    const gained = /^(.*)\.embLinear$/.exec(part);
    if (gained) return tapped(part, (x) => tf.mul(x, network.variables()[`${gained[1]}.embGain`]));
    return part;
  };
  const made: OfficialNetwork = {
    network,
    names,
    training: train === true,
    input: ({ x, noise_labels: noise, class_labels: rows }) => ({
      ...{ x, noise },
      ...(rows && network.classes && { label: labelsOf(rows) }),
    }),
    buffers: /(^embFourier|^logvar\.fourier)\./,
    uncounted: filters.reduce((sum, n) => sum + n, 0),
    ...(preconditioned && { outputs: { logvar: tapped('logvar', (x) => tf.reshape(x, [-1, 1, 1, 1])) } }),
    tap,
  };
  return preconditioned ? preconditionedBy(edm({ sigmaData }), made) : made;
}

/** The head is computed only when it is asked for. */
const inLogvar = (name: string): ComputedTap => ({ taps: ['logvar', name], value: (features) => features[name] });
