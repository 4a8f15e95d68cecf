import { check } from '@diptych/formats/errors';
import type { HostTensors } from '@diptych/formats';
import { type NameMap, type OfficialWeight, nameMapOf, type Renaming } from '../../state/official.ts';
import { AutoencoderKL } from './autoencoder-kl.ts';
import { AutoencoderTiny } from './autoencoder-tiny.ts';

/** Names of the projections of an attention, and whether they are 1x1 convolutions. */
interface AttentionLayout {
  norm: string;
  queryKeyValue: readonly [string, string, string];
  out: string;
  convolution: boolean;
}

/** Renamings and exceptions of attentions, whose queries, keys and values are three layers there. */
function attentionNames(autoencoder: AutoencoderKL, renamings: readonly Renaming[], layout: AttentionLayout): NameMap {
  const specs = autoencoder.parameterSpecs();
  const { norm, queryKeyValue, out, convolution } = layout;
  const all: readonly Renaming[] = [
    ...renamings,
    // The block of an attention has its path by now: norm and projections remain.
    [/^((?:en|de)coder\..*)\.attn\.qkv\./, `$1.${queryKeyValue[0]}.`],
    [/^((?:en|de)coder\..*)\.attn\.proj\./, `$1.${out}.`],
    [/\.norm\.(gamma|beta)$/, `.${norm}.$1`],
  ];
  const renamed = nameMapOf(specs, all).weights;
  const exceptions = Object.entries(specs).flatMap(([ours, { shape }]): [string, Partial<OfficialWeight>][] => {
    const joint = /\.attn\.qkv\.(kernel|bias)$/.exec(ours);
    const single = /\.attn\.proj\.kernel$/.test(ours);
    if (!joint && !single) return [];
    const width = joint ? shape[shape.length - 1] / 3 : shape[1];
    const { name } = renamed[ours];
    const end = name.slice(name.lastIndexOf('.'));
    const stem = name.slice(0, name.lastIndexOf(`.${joint ? queryKeyValue[0] : out}${end}`));
    const also = joint ? { also: queryKeyValue.slice(1).map((part) => `${stem}.${part}${end}`) } : {};
    if (joint?.[1] === 'bias') return [[ours, { ...also, shape: [width] }]];
    return [
      [
        ours,
        convolution
          ? { ...also, shape: [width, width, 1, 1], axes: [2, 3, 1, 0] }
          : { ...also, shape: [width, width], axes: [1, 0] },
      ],
    ];
  });
  return nameMapOf(specs, all, { exceptions: Object.fromEntries(exceptions) });
}

function checkKL(where: string, network: AutoencoderKL): void {
  check(network instanceof AutoencoderKL, where, 'network', 'an AutoencoderKL', network);
}

const diffusersRenamings: readonly Renaming[] = [
  [/\.(down|up)\.(\d+)\.block\./, '.$1_blocks.$2.resnets.'],
  [/\.(down|up)\.(\d+)\.attn\.(\d+)\./, '.$1_blocks.$2.attentions.$3.'],
  [/\.(down|up)\.(\d+)\.(down|up)sample\./, '.$1_blocks.$2.$3samplers.0.'],
  [/\.mid\.block1\./, '.mid_block.resnets.0.'],
  [/\.mid\.block2\./, '.mid_block.resnets.1.'],
  [/\.mid\.attn\./, '.mid_block.attentions.0.'],
  [/\.shortcut\./, '.conv_shortcut.'],
  [/\.convIn\./, '.conv_in.'],
  [/\.convOut\./, '.conv_out.'],
  [/\.normOut\./, '.conv_norm_out.'],
  [/^quantConv\./, 'quant_conv.'],
  [/^postQuantConv\./, 'post_quant_conv.'],
];

/**
 * Names and layouts of an `AutoencoderKL` in checkpoints of diffusers. Files from before its release 0.17 call the attention's layers
 * `query`, `key`, `value`, `proj_attn`: rename them by `modernAutoencoderNames`.
 *
 * @throws DiptychError if the network is another
 * @see github.com/huggingface/diffusers, models/autoencoders/autoencoder_kl.py
 * @example
 * const autoencoder = new AutoencoderKL(autoencoderKLPresets['f8-d4']);
 * loadStateDict(autoencoder, fromOfficial(modernAutoencoderNames(tensors), diffusersAutoencoderKLNames(autoencoder)));
 */
export function diffusersAutoencoderKLNames(network: AutoencoderKL): NameMap {
  checkKL('diffusersAutoencoderKLNames', network);
  const queryKeyValue = ['to_q', 'to_k', 'to_v'] as const;
  const layout = { norm: 'group_norm', queryKeyValue, out: 'to_out.0', convolution: false };
  return attentionNames(network, diffusersRenamings, layout);
}

const older: readonly Renaming[] = [
  [/(\.attentions\.\d+)\.query\.(weight|bias)$/, '$1.to_q.$2'],
  [/(\.attentions\.\d+)\.key\.(weight|bias)$/, '$1.to_k.$2'],
  [/(\.attentions\.\d+)\.value\.(weight|bias)$/, '$1.to_v.$2'],
  [/(\.attentions\.\d+)\.proj_attn\.(weight|bias)$/, '$1.to_out.0.$2'],
];

/**
 * The tensors of a diffusers checkpoint with the attention's layers under the names of today; others stay as they are. Weights of 1x1
 * convolutions, [C, C, 1, 1], become the matrices that they are.
 *
 * @example
 * const tensors = modernAutoencoderNames(readSafetensors(bytes).tensors);
 */
export function modernAutoencoderNames(tensors: HostTensors): HostTensors {
  const renamed = Object.entries(tensors).map(([name, tensor]) => {
    const modern = older.reduce((text, [from, to]) => text.replace(from, to), name);
    const matrix = /\.attentions\.\d+\.to_(q|k|v|out\.0)\.weight$/.test(modern) && tensor.shape.length === 4;
    return [modern, matrix ? { ...tensor, shape: tensor.shape.slice(0, 2) } : tensor] as const;
  });
  return Object.fromEntries(renamed) as HostTensors;
}

/**
 * Names and layouts of an `AutoencoderKL` in checkpoints of latent diffusion: those of CompVis, the original Stable Diffusion (there
 * below `first_stage_model.`), U-ViT's `autoencoder_kl.pth` and VA-VAE. They count the decoder's levels from the full size.
 *
 * @throws DiptychError if the network is another
 * @see github.com/CompVis/latent-diffusion, ldm/modules/diffusionmodules/model.py; github.com/hustvl/LightningDiT, tokenizer
 * @example
 * const autoencoder = new AutoencoderKL(autoencoderKLPresets['f16-d32']);
 * loadStateDict(autoencoder, fromOfficial(readPyTorch(bytes).tensors, ldmAutoencoderKLNames(autoencoder)));
 */
export function ldmAutoencoderKLNames(network: AutoencoderKL): NameMap {
  checkKL('ldmAutoencoderKLNames', network);
  const levels = network.config.widths.length;
  const finestFirst = Array.from({ length: levels }, (_, i): Renaming => {
    // Marked, so that no name is turned twice.
    return [new RegExp(`\\.up\\.${i}\\.`), `.up.#${levels - 1 - i}.`];
  });
  const renamings: readonly Renaming[] = [
    ...finestFirst,
    [/\.up\.#/, '.up.'],
    [/\.mid\.block(\d)\./, '.mid.block_$1.'],
    [/\.mid\.attn\./, '.mid.attn_1.'],
    [/\.shortcut\./, '.nin_shortcut.'],
    [/\.convIn\./, '.conv_in.'],
    [/\.convOut\./, '.conv_out.'],
    [/\.normOut\./, '.norm_out.'],
    [/^quantConv\./, 'quant_conv.'],
    [/^postQuantConv\./, 'post_quant_conv.'],
  ];
  const layout = { norm: 'norm', queryKeyValue: ['q', 'k', 'v'] as const, out: 'proj_out', convolution: true };
  return attentionNames(network, renamings, layout);
}

/**
 * Names and layouts of an `AutoencoderTiny` in checkpoints of diffusers.
 *
 * @throws DiptychError if the network is another
 * @see github.com/huggingface/diffusers, models/autoencoders/autoencoder_tiny.py
 * @example
 * const autoencoder = new AutoencoderTiny();
 * loadStateDict(autoencoder, fromOfficial(readSafetensors(bytes).tensors, diffusersAutoencoderTinyNames(autoencoder)));
 */
export function diffusersAutoencoderTinyNames(network: AutoencoderTiny): NameMap {
  const where = 'diffusersAutoencoderTinyNames';
  check(network instanceof AutoencoderTiny, where, 'network', 'an AutoencoderTiny', network);
  return nameMapOf(network.parameterSpecs(), []);
}
