import { DiT, diffusersDiTNames, modulate, type DiTStyle } from '@diptych/models';
import * as tf from '@tensorflow/tfjs-core';
import type { OfficialCase } from './official-case.ts';
import { known, type ComputedTap, type OfficialNetwork } from './official-network.ts';

const defaults = {
  ...{
    num_attention_heads: 16,
    attention_head_dim: 72,
    in_channels: 4,
    out_channels: null as number | null,
    num_layers: 28,
    sample_size: 32,
  },
  ...{ patch_size: 2, num_embeds_ada_norm: 1000, attention_bias: true, activation_fn: 'gelu-approximate' },
  ...{ norm_type: 'ada_norm_zero', norm_elementwise_affine: false, norm_eps: 1e-5 },
  // These change training, precision, or nothing.
  ...{ dropout: 0, norm_num_groups: 32, upcast_attention: false },
};

const mlps: Readonly<Record<string, DiTStyle['mlp']>> = {
  'gelu-approximate': 'gelu',
  gelu: 'geluExact',
  'geglu-approximate': 'quickGelu',
  'linear-silu': 'silu',
  geglu: 'gatedGelu',
  swiglu: 'gatedSilu',
};

/** diffusers' DiTTransformer2DModel. */
export function officialDiffusersDiT({ config }: Pick<OfficialCase, 'config'>): OfficialNetwork {
  const of = known(config, defaults);
  const { norm_type: norm, activation_fn: activation } = of;
  if (norm !== 'ada_norm_zero') throw new Error(`no test understands the norm ${norm}`);
  if (!Object.hasOwn(mlps, activation)) throw new Error(`no test understands the activation ${activation}`);
  const network = new DiT({
    image: [of.sample_size, of.sample_size, of.in_channels],
    patch: of.patch_size,
    width: of.num_attention_heads * of.attention_head_dim,
    depth: of.num_layers,
    heads: of.num_attention_heads,
    classes: of.num_embeds_ada_norm,
    outputs: of.out_channels ?? of.in_channels,
    mlp: mlps[activation],
    qkvBias: of.attention_bias,
    mlpEpsilon: of.norm_eps,
    mlpAffine: of.norm_elementwise_affine,
    flavour: 'diffusers',
  });
  return {
    network,
    names: diffusersDiTNames(network),
    input: ({ x, t, y }) => ({ x, noise: t, label: y }),
    tap: (module) => {
      if (module === 'pos_embed') return withPositions(network);
      if (/^transformer_blocks\.\d+\.norm1$/.test(module))
        return modulated(module.replace('transformer_blocks', 'block'));
      return [
        [/^transformer_blocks/, 'block'],
        [/attn1$/, 'attn'],
        [/norm3$/, 'norm2'],
        [/ff$/, 'mlp'],
        [/^norm_out$/, 'final.norm'],
      ].reduce((name, [from, to]) => name.replace(from, to as string), module);
    },
  };
}

/** Their patch embedding adds the positions. */
const withPositions = (network: DiT): ComputedTap => ({
  taps: ['patchEmbedding'],
  value: ({ patchEmbedding }) => tf.add(patchEmbedding, network.variables().positions),
});

/** Their first norm modulates. */
function modulated(norm: string): ComputedTap {
  const adaLN = norm.replace('norm1', 'adaLN');
  return {
    taps: [norm, adaLN],
    value: (features) => {
      const [shift, scale] = tf.split(features[adaLN], 6, 1) as tf.Tensor2D[];
      return modulate(features[norm] as tf.Tensor3D, scale, shift);
    },
  };
}
