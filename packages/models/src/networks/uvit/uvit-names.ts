import { checkNetwork } from '../../state/official-family.ts';
import { nameMapOf, type Renaming, type NameMap } from '../../state/official.ts';
import { UViT } from './uvit.ts';

const renamings: readonly Renaming[] = [
  [/^patchEmbedding\./, 'patch_embed.'],
  [/^timeEmbedding\.mlp\.fc1/, 'time_embed.0'],
  [/^timeEmbedding\.mlp\.fc2/, 'time_embed.2'],
  [/^labelEmbedding\./, 'label_emb.'],
  [/^contextEmbedding\./, 'context_embed.'],
  [/^positions$/, 'pos_embed'],
  [/^in\./, 'in_blocks.'],
  [/^mid\./, 'mid_block.'],
  [/^out\./, 'out_blocks.'],
  [/\.skip\./, '.skip_linear.'],
  [/^decoder\./, 'decoder_pred.'],
  [/^finalConv\./, 'final_layer.'],
];

/**
 * Names and layouts of a UViT's weights in the official PyTorch checkpoints (`nnet.pth`, `nnet_ema.pth`). Weights that the
 * official network lacks (self-conditioning, augmentation and class token) keep their names.
 *
 * @see github.com/baofff/U-ViT, libs/uvit.py
 * @example
 * const { tensors } = readSafetensors(bytes);
 * loadStateDict(network, fromOfficial(tensors, uvitNames(network)));
 */
export function uvitNames(network: UViT): NameMap {
  checkNetwork('uvitNames', network, UViT);
  const specs = network.parameterSpecs();
  const { image, patch, width } = network.config;
  return nameMapOf(specs, renamings, {
    exceptions: {
      positions: { shape: [1, ...specs.positions.shape] },
      'patchEmbedding.proj.kernel': { shape: [width, image[2], patch, patch], axes: [2, 3, 1, 0] },
    },
  });
}
