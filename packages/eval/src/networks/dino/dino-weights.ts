import { checkOptions, rules, type OptionRules } from '@diptych/formats/errors';
import type { WeightShapes } from '../weights/match-weights.ts';
import type { PublishedWeights } from '../weights/read-weights.ts';

/** Sizes of a DINO vision transformer. */
export interface DinoSizes {
  /** Numbers per token. */
  width: number;
  depth: number;
  heads: number;
  /** Pixels along a side of a patch. */
  patch: number;
  /** Patches along a side of the grid for which positions are stored. */
  grid: number;
}

const size = rules.required(rules.integerIn(1, 2 ** 16));

export const dinoSizeRules: OptionRules<DinoSizes> = { width: size, depth: size, heads: size, patch: size, grid: size };

/** ViT-S/16 for 224x224. */
export const vitSmall16: DinoSizes = { width: 384, depth: 12, heads: 6, patch: 16, grid: 14 };

/** Names and shapes (PyTorch's layout) of the tensors of the weight file. */
export function dinoShapes(sizes: DinoSizes): WeightShapes {
  const { width, depth, patch, grid } = checkOptions('dinoShapes', sizes, dinoSizeRules, 'sizes');
  const layer = (name: string, out: number, input: number) => ({
    [`${name}.weight`]: [out, input],
    [`${name}.bias`]: [out],
  });
  const norm = (name: string) => ({ [`${name}.weight`]: [width], [`${name}.bias`]: [width] });
  const block = (name: string) => ({
    ...norm(`${name}.norm1`),
    ...layer(`${name}.attn.qkv`, 3 * width, width),
    ...layer(`${name}.attn.proj`, width, width),
    ...norm(`${name}.norm2`),
    ...layer(`${name}.mlp.fc1`, 4 * width, width),
    ...layer(`${name}.mlp.fc2`, width, 4 * width),
  });
  const shapes: Record<string, readonly number[]> = {
    cls_token: [1, 1, width],
    pos_embed: [1, 1 + grid * grid, width],
    'patch_embed.proj.weight': [width, 3, patch, patch],
    'patch_embed.proj.bias': [width],
  };
  for (let i = 0; i < depth; i++) Object.assign(shapes, block(`blocks.${i}`));
  return { ...shapes, ...norm('norm') };
}

/**
 * The weights of DINO's ViT-S/16. Their authors published no hash, so a download needs one from elsewhere.
 *
 * @see facebookresearch/dino, README, pretrained models (backbone only)
 */
export const dinoCheckpoint: PublishedWeights = {
  file: 'dino_deitsmall16_pretrain.pth',
  urls: ['https://dl.fbaipublicfiles.com/dino/dino_deitsmall16_pretrain/dino_deitsmall16_pretrain.pth'],
  megabytes: 86.7,
};
