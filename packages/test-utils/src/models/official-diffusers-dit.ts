import { DiT, diffusersDiTNames, modulate } from '@diptych/models';
import * as tf from '@tensorflow/tfjs-core';
import type { OfficialCase } from './official-case.ts';
import { known, type ComputedTap, type OfficialNetwork } from './official-network.ts';

const defaults = {
  ...{
    num_attention_heads: 16,
    attention_head_dim: 72,
    in_channels: 4,
    out_channels: 8,
    num_layers: 28,
    sample_size: 32,
  },
  ...{ patch_size: 2, num_embeds_ada_norm: 1000 },
};

/** diffusers' DiTTransformer2DModel. */
export function officialDiffusersDiT({ config }: Pick<OfficialCase, 'config'>): OfficialNetwork {
  const of = known(config, defaults);
  if (of.out_channels !== 2 * of.in_channels) throw new Error('no test understands a variance of other channels');
  const network = new DiT({
    image: [of.sample_size, of.sample_size, of.in_channels],
    patch: of.patch_size,
    width: of.num_attention_heads * of.attention_head_dim,
    depth: of.num_layers,
    heads: of.num_attention_heads,
    classes: of.num_embeds_ada_norm,
    variance: 'predicted',
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
