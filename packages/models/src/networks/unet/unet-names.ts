import { checkNetwork } from '../../state/official-family.ts';
import type { HostTensor } from '@diptych/formats';
import { boxFilter, resampleFilter } from '../../blocks/image/up-downsample.ts';
import { nameMapOf, type Renaming, type NameMap, type OfficialWeight } from '../../state/official.ts';
import type { UNetStage } from './unet-config.ts';
import { UNet } from './unet.ts';

type Exceptions = Record<string, Partial<OfficialWeight>>;

/**
 * Names and layouts of a UNet's weights in the checkpoints of DDAE (`MODEL` of its files, after the prefix `module.nn_model.`, or its
 * average). Weights that the official network lacks (self-conditioning) keep their names.
 *
 * @see github.com/FutureXiang/ddae, model/unet.py
 * @example
 * const network = new UNet({ ...unetPresets.ddpm, image: [32, 32, 3] });
 * loadStateDict(network, fromOfficial(readSafetensors(bytes).tensors, ddaeNames(network)));
 */
export function ddaeNames(network: UNet): NameMap {
  checkNetwork('ddaeNames', network, UNet);
  const { encoder, decoder } = network.layout;
  const inner: readonly Renaming[] = [
    [/\.condition\./, '.time_emb.1.'],
    [/\.conv2\./, '.conv2.1.'],
    [/\.attn\.attn\.qkv\./, '.attn.projection.'],
    [/\.attn\.attn\.proj\./, '.attn.output.'],
  ];
  const place = (ways: readonly UNetStage[], way: string) =>
    ways
      .filter(({ kind }) => kind !== 'mid' && kind !== 'head')
      .map(({ name, kind, resampling }, i) => {
        // A residual block that resamples is `op`, a convolution `conv` as it is here.
        const inside =
          kind !== 'block' && resampling === 'residual'
            ? [`${name}.res.`, `${way}.${i}.op.`]
            : [`${name}.`, `${way}.${i}.`];
        return renamed(inside[0], inside[1]);
      });
  return nameMapOf(
    network.parameterSpecs(),
    [
      [/^inConv\./, 'image_proj.'],
      [/^outNorm\./, 'norm.'],
      [/^outConv\./, 'final.'],
      [/^embedding\.fc/, 'time_emb.lin'],
      [/^embedding\.augmentation\./, 'time_emb.aug_emb.'],
      ...place(encoder, 'DOWN'),
      ...place(decoder, 'UP'),
      [/^DOWN\./, 'down.'],
      [/^UP\./, 'up.'],
      [/^mid\./, 'middle.'],
      ...inner,
    ],
    { exceptions: attentions(network, ['heads', 3, 'd']) },
  );
}

/** Options of `edmNames`. */
export interface EdmNamesOptions {
  /** In front of every name: `model.` in what EDM saves, which is the network in its preconditioning. Default none. */
  prefix?: string;
}

/**
 * Names and layouts of a UNet's weights in EDM's SongUNet and DhariwalUNet (ADM). EDM stores pickled objects, of which the state dict
 * must be exported with its own code first; see the page on architectures. Weights that the official network lacks keep their names.
 *
 * @see github.com/NVlabs/edm, training/networks.py
 * @example
 * const network = new UNet({ ...unetPresets['edm-ddpmpp'], image: [32, 32, 3], augmentation: true });
 * loadStateDict(network, fromOfficial(readSafetensors(bytes).tensors, edmNames(network, { prefix: 'model.' })));
 */
export function edmNames(network: UNet, { prefix = '' }: EdmNamesOptions = {}): NameMap {
  checkNetwork('edmNames', network, UNet);
  const {
    image,
    conditioning,
    filter = boxFilter,
    decoder: decoding = 'standard',
    encoder: encoding = 'standard',
  } = network.config;
  const { encoder, decoder } = network.layout;
  const adm = conditioning === 'scaleShift';
  const levelName = (level: number) => `${image[0] / 2 ** level}x${image[0] / 2 ** level}`;
  const ends = `DEC.${levelName(0)}_aux_`;
  const rows: Renaming[] = [
    renamed('inConv.', `ENC.${levelName(0)}_conv.`),
    renamed('outNorm.', adm ? 'out_norm.' : `${ends}norm.`),
    renamed('outConv.', adm ? 'out_conv.' : `${ends}conv.`),
    [/^embedding\.fc1\./, 'map_layer0.'],
    [/^embedding\.fc2\./, 'map_layer1.'],
    renamed('embedding.label.', 'map_label.'),
    renamed('embedding.augmentation.', 'map_augment.'),
    [/^embedding\.fourier\.frequencies$/, 'map_noise.freqs'],
  ];
  const filters: string[] = [];
  const count = new Map<string, number>();
  for (const { name, kind, level } of [...encoder, ...decoder]) {
    const at = levelName(level);
    const way = encoder.some((of) => of.name === name) ? 'ENC' : 'DEC';
    const next = count.get(way + at) ?? 0;
    if (kind === 'block') {
      rows.push(renamed(`${name}.`, `${way}.${at}_block${next}.`));
      count.set(way + at, next + 1);
    }
    if (kind === 'mid')
      rows.push(
        renamed('mid.res1.', `DEC.${at}_in0.`),
        renamed('mid.attn.', `DEC.${at}_in0.attn.`),
        renamed('mid.res2.', `DEC.${at}_in1.`),
      );
    if (kind === 'down' || kind === 'up') {
      rows.push(renamed(`${name}.`, `${way}.${at}_${kind}.`));
      const of = `${way}.${at}_${kind}`.toLowerCase();
      filters.push(`${of}.conv0.resample_filter`, `${of}.skip.resample_filter`);
    }
    if (kind === 'down' && encoding !== 'standard') {
      const which = encoding === 'skip' ? 'aux_down' : 'aux_residual';
      filters.push(`enc.${at}_${which}.resample_filter`);
      rows.push(
        renamed(`pyramidDown.${level}.conv.`, `ENC.${at}_aux_residual.`),
        renamed(`pyramidIn.${level}.`, `ENC.${at}_aux_skip.`),
      );
    }
    if (kind === 'up' && decoding === 'skip') filters.push(`dec.${at}_aux_up.resample_filter`);
    if (kind === 'head')
      rows.push(
        renamed(`pyramidNorm.${level}.`, `DEC.${at}_aux_norm.`),
        renamed(`pyramidConv.${level}.`, `DEC.${at}_aux_conv.`),
      );
  }
  const taps = resampleFilter('edmNames', filter);
  const kernel = (): HostTensor => ({
    shape: [1, 1, taps.length, taps.length],
    dtype: 'float32',
    data: Float32Array.from(taps.flatMap((a) => taps.map((b) => a * b))),
  });
  const map = nameMapOf(
    network.parameterSpecs(),
    [
      ...rows,
      [/^ENC\./, 'enc.'],
      [/^DEC\./, 'dec.'],
      [/\.res\./, '.'],
      [/^((?:enc|dec)\..*)\.norm1\./, '$1.norm0.'],
      [/^((?:enc|dec)\..*)\.norm2\./, '$1.norm1.'],
      [/^((?:enc|dec)\..*)\.conv1\./, '$1.conv0.'],
      [/^((?:enc|dec)\..*)\.conv2\./, '$1.conv1.'],
      [/\.attn\.norm\./, '.norm2.'],
      [/\.attn\.attn\./, '.'],
      [/\.condition\./, '.affine.'],
      [/\.shortcut\./, '.skip.'],
    ],
    {
      exceptions: { ...attentions(network, ['heads', 'd', 3]), ...linearLabels(network) },
      constants: Object.fromEntries(filters.map((name) => [prefix + name, kernel])),
    },
  );
  const weights = Object.entries(map.weights).map(([ours, weight]) => {
    const official = !ours.startsWith('selfConditioning.');
    return [ours, official ? { ...weight, name: prefix + weight.name } : weight] as const;
  });
  return { ...map, weights: Object.fromEntries(weights) };
}

/**
 * Names and layouts of a UNet's weights in checkpoints of diffusers (`UNet2DModel`), where queries, keys and values are three layers. Weights that the
 * official network lacks keep their names.
 *
 * @see github.com/huggingface/diffusers, models/unets/unet_2d.py
 * @example
 * const network = new UNet({ ...unetPresets['ddpm-diffusers'], image: [32, 32, 3] });
 * loadStateDict(network, fromOfficial(readSafetensors(bytes).tensors, diffusersUNetNames(network)));
 */
export function diffusersUNetNames(network: UNet): NameMap {
  checkNetwork('diffusersUNetNames', network, UNet);
  const { blocks, multipliers } = network.config;
  const { encoder, decoder } = network.layout;
  const rows: Renaming[] = [];
  const levels = multipliers.length;
  for (const { name, kind, level, resampling } of [...encoder, ...decoder]) {
    const residual = resampling === 'residual' ? `${name}.res.` : `${name}.`;
    if (kind === 'down') rows.push(renamed(residual, `DOWN.${level - 1}.downsamplers.0.`));
    if (kind === 'up') rows.push(renamed(residual, `UP.${levels - 2 - level}.upsamplers.0.`));
    if (kind !== 'block') continue;
    const index = Number(name.split('.')[1]) - 1;
    const [way, block, at] = name.startsWith('in.')
      ? ['DOWN', level, index % blocks]
      : ['UP', levels - 1 - level, index % (blocks + 1)];
    rows.push(
      renamed(`${name}.res.`, `${way}.${block}.resnets.${at}.`),
      renamed(`${name}.attn.`, `${way}.${block}.attentions.${at}.`),
    );
  }
  const map = nameMapOf(network.parameterSpecs(), [
    ...rows,
    [/^DOWN\./, 'down_blocks.'],
    [/^UP\./, 'up_blocks.'],
    renamed('mid.res1.', 'mid_block.resnets.0.'),
    renamed('mid.attn.', 'mid_block.attentions.0.'),
    renamed('mid.res2.', 'mid_block.resnets.1.'),
    renamed('inConv.', 'conv_in.'),
    renamed('outNorm.', 'conv_norm_out.'),
    renamed('outConv.', 'conv_out.'),
    [/^embedding\.fc/, 'time_embedding.linear_'],
    renamed('embedding.label.', 'class_embedding.'),
    renamed('embedding.steps.', 'time_proj.'),
    [/^embedding\.fourier\.frequencies$/, 'time_proj.weight'],
    [/\.condition\./, '.time_emb_proj.'],
    [/\.shortcut\./, '.conv_shortcut.'],
    [/(attentions\.\d+)\.norm\./, '$1.group_norm.'],
    [/(attentions\.\d+)\.attn\.proj\./, '$1.to_out.0.'],
    [/(attentions\.\d+)\.attn\.qkv\./, '$1.to_q.'],
  ]);
  const weights = Object.entries(map.weights).map(([ours, weight]) => {
    if (!/\.attn\.qkv\./.test(ours)) return [ours, weight] as const;
    const also = ['k', 'v'].map((which) => weight.name.replace('.to_q.', `.to_${which}.`));
    const width = weight.ours[weight.ours.length - 1] / 3;
    return [ours, { ...weight, also, shape: weight.ours.length === 1 ? [width] : [width, width] }] as const;
  });
  return { ...map, weights: Object.fromEntries(weights) };
}

/** A renaming of what begins with `from`. */
const renamed = (from: string, to: string): Renaming => [new RegExp(`^${from.replaceAll('.', '\\.')}`), to];

/** Queries, keys and values in the official order of rows; ours are [q | k | v], each head by head. 1x1 convolutions where theirs are. */
function attentions(network: UNet, order: readonly ['heads', 3, 'd'] | readonly ['heads', 'd', 3]): Exceptions {
  const { encoder, decoder } = network.layout;
  const convolved = order[2] === 3;
  const attending = [...encoder, ...decoder].filter(({ heads }) => heads > 0);
  return Object.assign(
    {},
    ...attending.map(({ name, outputs: width, heads }) => {
      const d = width / heads;
      const view = order.map((part) => (part === 'heads' ? heads : part === 'd' ? d : 3));
      const rows = [order.indexOf(3), order.indexOf('heads' as never), order.indexOf('d' as never)];
      const path = `${name}.attn.attn`;
      const places = convolved ? [1, 1] : [];
      return {
        [`${path}.qkv.kernel`]: { shape: [3 * width, width, ...places], view: [...view, width], axes: [3, ...rows] },
        [`${path}.qkv.bias`]: { shape: [3 * width], view, axes: rows },
        [`${path}.proj.kernel`]: { shape: [width, width, ...places], view: [width, width], axes: [1, 0] },
      };
    }),
  );
}

/** A table of classes as the weight of a linear layer on one-hot rows. */
function linearLabels(network: UNet): Exceptions {
  const table = network.parameterSpecs()['embedding.label.table'];
  return table ? { 'embedding.label.table': { shape: [...table.shape].reverse(), axes: [1, 0] } } : {};
}
