import type { Checkpoint } from '../weights/checkpoint.ts';

/**
 * The weights of DINO's ViT-S/16. Their authors published no hash, so a download needs one from elsewhere.
 *
 * @see facebookresearch/dino, README, pretrained models (backbone only)
 */
export const dinoCheckpoint: Checkpoint = {
  file: 'dino_deitsmall16_pretrain.pth',
  urls: ['https://dl.fbaipublicfiles.com/dino/dino_deitsmall16_pretrain/dino_deitsmall16_pretrain.pth'],
  megabytes: 86.7,
};
