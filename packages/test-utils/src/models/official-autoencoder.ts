import { AutoencoderKL, AutoencoderTiny } from '@diptych/models';
import {
  diffusersAutoencoderKLNames,
  diffusersAutoencoderTinyNames,
  ldmAutoencoderKLNames,
} from '@diptych/models/networks';
import type { AutoencoderActivation } from '@diptych/models/networks';
import type { NameMap } from '@diptych/models';
import type { OfficialCase } from './official-case.ts';
import { known } from './official-network.ts';

/** How one official autoencoder is made of ours. */
export interface OfficialAutoencoder {
  network: AutoencoderKL | AutoencoderTiny;
  names: NameMap;
  /** Our part for an official module path. */
  tap(module: string): string;
}

type Asked = Pick<OfficialCase, 'arch' | 'config'> & Partial<Pick<OfficialCase, 'weights' | 'meta'>>;

const autoencoders: Readonly<Record<string, (of: Asked) => OfficialAutoencoder>> = {
  ldm_autoencoder: ldmAutoencoder,
  diffusers_AutoencoderKL: diffusersAutoencoder,
  diffusers_AutoencoderTiny: tinyAutoencoder,
};

/** Whether a case is one of an autoencoder. */
export const isAutoencoder = ({ arch }: Pick<OfficialCase, 'arch'>): boolean => Object.hasOwn(autoencoders, arch);

/** Our autoencoder for an official configuration. Throws for a configuration that no test understands. */
export function officialAutoencoder(of: Asked): OfficialAutoencoder {
  return autoencoders[of.arch](of);
}

const renamed = (module: string, rules: readonly (readonly [RegExp, string])[]) =>
  rules.reduce((name, [from, to]) => name.replace(from, to), module);

/**
 * hustvl/LightningDiT, tokenizer/autoencoder.py: width 128, 32 groups, 2 blocks, attention where an image of 256 pixels has 16. Small
 * cases have other constants: the groups as they say, all else as their weights show.
 */
function ldmAutoencoder({ config, weights, meta }: Asked): OfficialAutoencoder {
  const { embed_dim, ch_mult } = known(config, { embed_dim: 32, ch_mult: [1, 1, 2, 2, 4] });
  const names = Object.keys(weights ?? {});
  const indices = (pattern: RegExp) => new Set(names.flatMap((name) => pattern.exec(name)?.[1] ?? []));
  const base = weights?.['encoder.conv_in.weight'].shape[0] ?? 128;
  const blocks = weights ? indices(/^encoder\.down\.0\.block\.(\d+)\./).size : 2;
  const sixteen = ch_mult.map((_, level) => level).filter((level) => 256 / 2 ** level === 16);
  const attention = weights ? [...indices(/^encoder\.down\.(\d+)\.attn\./)].map(Number) : sixteen;
  const edited = /\b(\d+) groups/.exec(meta?.edited_constants ?? '');
  if (meta?.edited_constants && !edited) throw new Error(`no test understands the constants ${meta.edited_constants}`);
  const groups = edited ? Number(edited[1]) : 32;
  const widths = ch_mult.map((factor) => factor * base);
  const network = new AutoencoderKL({ widths, blocks, groups, attention, latentChannels: embed_dim });
  const levels = widths.length;
  return {
    network,
    names: ldmAutoencoderKLNames(network),
    tap: (module) =>
      renamed(
        module.replace(/\.up\.(\d+)\./, (_, level) => `.up.${levels - 1 - Number(level)}.`),
        [[/\.mid\.block_(\d)/, '.mid.block$1'], [/\.mid\.attn_1/, '.mid.attn'], ...common, [/\.norm_out$/, '.normOut']],
      ),
  };
}

const common = [
  [/\.conv_in$/, '.convIn'],
  [/\.conv_out$/, '.convOut'],
  [/^quant_conv$/, 'quantConv'],
  [/^post_quant_conv$/, 'postQuantConv'],
] as const;

/** diffusers, models/autoencoders/autoencoder_kl.py. */
function diffusersAutoencoder({ config }: Asked): OfficialAutoencoder {
  const of = known(config, {
    ...{ in_channels: 3, out_channels: 3, act_fn: 'silu', block_out_channels: [64], layers_per_block: 1 },
    ...{ latent_channels: 4, norm_num_groups: 32, mid_block_add_attention: true },
    ...{ down_block_types: ['DownEncoderBlock2D'], up_block_types: ['UpDecoderBlock2D'] },
    ...{ use_quant_conv: true, use_post_quant_conv: true },
    // These say how large the training images were and how the pipelines scale latents, not what the network computes.
    ...{ sample_size: 32, scaling_factor: 0.18215, shift_factor: null, latents_mean: null, latents_std: null },
    force_upcast: true,
  });
  const widths = of.block_out_channels;
  const levels = widths.length;
  const attended = (types: string[], plain: string, attention: string) =>
    types.flatMap((type, level) => {
      if (type !== plain && type !== attention) throw new Error(`no test understands the block type ${type}`);
      return type === attention ? [level] : [];
    });
  const down = attended(of.down_block_types, 'DownEncoderBlock2D', 'AttnDownEncoderBlock2D');
  const up = attended(of.up_block_types, 'UpDecoderBlock2D', 'AttnUpDecoderBlock2D');
  const network = new AutoencoderKL({
    ...{ channels: of.in_channels, outputs: of.out_channels, latentChannels: of.latent_channels, widths },
    ...{ blocks: of.layers_per_block, groups: of.norm_num_groups, midAttention: of.mid_block_add_attention },
    ...{ attention: down, decoderAttention: up.map((level) => levels - 1 - level) },
    ...{ quantConv: of.use_quant_conv, postQuantConv: of.use_post_quant_conv },
    activation: (of.act_fn === 'swish' ? 'silu' : of.act_fn) as AutoencoderActivation,
  });
  const parts = network.namedBlocks();
  /** The last part of a level: official levels are modules of their own. */
  const lastOf = (coder: string, way: string, level: string) => {
    const inside = [...parts.keys()].filter((name) =>
      new RegExp(`^${coder}\\.${way}\\.${level}\\.(block\\.\\d+|attn\\.\\d+|(down|up)sample)$`).test(name),
    );
    return inside[inside.length - 1];
  };
  return {
    network,
    names: diffusersAutoencoderKLNames(network),
    tap: (module) => {
      const level = /^(encoder|decoder)\.(down|up)_blocks\.(\d+)$/.exec(module);
      if (level) return lastOf(level[1], level[2], level[3]);
      return renamed(module, [
        [/\.mid_block$/, '.mid.block2'],
        [/\.mid_block\.attentions\.0/, '.mid.attn'],
        [/\.mid_block\.resnets\.0/, '.mid.block1'],
        [/\.mid_block\.resnets\.1/, '.mid.block2'],
        [/\.(down|up)_blocks\.(\d+)\.resnets\.(\d+)/, '.$1.$2.block.$3'],
        [/\.(down|up)_blocks\.(\d+)\.attentions\.(\d+)/, '.$1.$2.attn.$3'],
        [/\.(down|up)_blocks\.(\d+)\.(down|up)samplers\.0/, '.$1.$2.$3sample'],
        ...common,
        [/\.conv_norm_out$/, '.normOut'],
      ]);
    },
  };
}

/** diffusers, models/autoencoders/autoencoder_tiny.py. */
function tinyAutoencoder({ config }: Asked): OfficialAutoencoder {
  const of = known(config, {
    ...{ in_channels: 3, out_channels: 3, latent_channels: 4, act_fn: 'relu' },
    ...{ encoder_block_out_channels: [64, 64, 64, 64], decoder_block_out_channels: [64, 64, 64, 64] },
    ...{ num_encoder_blocks: [1, 3, 3, 3], num_decoder_blocks: [3, 3, 3, 1], upsampling_scaling_factor: 2 },
    ...{ upsample_fn: 'nearest' },
    // Of the pipelines, not of the network.
    ...{ latent_magnitude: 3, latent_shift: 0.5, force_upcast: false, scaling_factor: 1, shift_factor: 0 },
  });
  const [width, ...widths] = of.encoder_block_out_channels;
  const [decoderWidth, ...decoderWidths] = of.decoder_block_out_channels;
  const even = widths.every((n) => n === width) && decoderWidths.every((n) => n === decoderWidth);
  if (!even || of.upsampling_scaling_factor !== 2 || of.upsample_fn !== 'nearest') {
    throw new Error('no test understands a tiny autoencoder of several widths, or of another way up');
  }
  const network = new AutoencoderTiny({
    ...{ channels: of.in_channels, outputs: of.out_channels, latentChannels: of.latent_channels, width, decoderWidth },
    ...{ encoderBlocks: of.num_encoder_blocks, decoderBlocks: of.num_decoder_blocks },
    activation: of.act_fn as AutoencoderActivation,
  });
  return { network, names: diffusersAutoencoderTinyNames(network), tap: (module) => module };
}
