import { UViT, type UViTOptions } from '@diptych/models';
import { uvitNames } from '@diptych/models/networks';
import type { OfficialCase } from './official-case.ts';
import { innerTap } from './inner-tap.ts';
import { known, type OfficialNetwork } from './official-network.ts';

const defaults = {
  ...{ img_size: 224, patch_size: 16, in_chans: 3, embed_dim: 768, depth: 12, num_heads: 12, mlp_ratio: 4 },
  ...{ qkv_bias: false, mlp_time_embed: false, conv: true, skip: true, use_checkpoint: false },
  // Their attention of PyTorch 2 does not look at it.
  ...{ qk_scale: null },
};

/** baofff/U-ViT, libs/uvit.py (`uvit`) and libs/uvit_t2i.py (`uvit_t2i`). */
export function officialUViT({ arch, config }: Pick<OfficialCase, 'arch' | 'config'>): OfficialNetwork {
  const options = arch === 'uvit_t2i' ? textOptions(config) : classOptions(config);
  const network = new UViT(options);
  if (config.use_checkpoint) network.setRecompute(/^(in\.\d+|mid|out\.\d+)$/);
  const { image, patch, heads } = options;
  const inside = innerTap(network, { grid: [image[0] / patch, image[1] / patch], heads, activation: 'gelu' });
  return {
    network,
    names: uvitNames(network),
    input: ({ x, t, y, context }) => ({ x, noise: t, ...(y && { label: y }), ...(context && { context }) }),
    tap: (module) => {
      // Without a convolution the official last layer is the identity.
      if (module === 'final_layer' && options.finalConv === false) return undefined;
      const outer = [
        [/^patch_embed/, 'patchEmbedding'],
        [/^time_embed/, 'timeEmbedding'],
        [/^label_emb/, 'labelEmbedding'],
        [/^context_embed/, 'contextEmbedding'],
        [/^in_blocks/, 'in'],
        [/^mid_block/, 'mid'],
        [/^out_blocks/, 'out'],
        [/skip_linear$/, 'skip'],
        [/^decoder_pred/, 'decoder'],
        [/^final_layer/, 'finalConv'],
      ].reduce((name, [from, to]) => name.replace(from, to as string), module);
      return inside(outer);
    },
  };
}

function classOptions(config: Record<string, unknown>): UViTOptions {
  const { num_classes, ...rest } = known(config, { ...defaults, num_classes: -1 });
  return { ...common(rest), ...(num_classes > 0 && { classes: num_classes, nullClass: false }) };
}

function textOptions(config: Record<string, unknown>): UViTOptions {
  const { clip_dim, num_clip_token, ...rest } = known(config, { ...defaults, clip_dim: 768, num_clip_token: 77 });
  return { ...common(rest), context: { length: num_clip_token, width: clip_dim } };
}

const common = (of: typeof defaults): UViTOptions => ({
  image: [of.img_size, of.img_size, of.in_chans],
  patch: of.patch_size,
  width: of.embed_dim,
  // Half of the blocks, rounded down, stand on either side of the middle one.
  depth: 2 * Math.floor(of.depth / 2),
  heads: of.num_heads,
  mlpRatio: of.mlp_ratio,
  qkvBias: of.qkv_bias,
  timeMlp: of.mlp_time_embed,
  finalConv: of.conv,
  longSkips: of.skip,
});
