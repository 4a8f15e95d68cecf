import { DiT } from '@diptych/models';
import { diffusersDiTNames, type DiTMlp } from '@diptych/models/networks';
import type { OfficialCase } from './official-case.ts';
import { innerDiffusersTap } from './inner-diffusers-tap.ts';
import { known, type OfficialNetwork } from './official-network.ts';

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

const mlps: Readonly<Record<string, DiTMlp>> = {
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
    flavor: 'diffusers',
  });
  return {
    network,
    names: diffusersDiTNames(network),
    input: ({ x, t, y }) => ({ x, noise: t, label: y }),
    tap: (module) => innerDiffusersTap(network, mlps[activation])(module),
  };
}
