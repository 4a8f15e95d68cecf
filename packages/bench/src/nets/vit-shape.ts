/** Sizes of the ViT denoiser that every engine trains: 16x16x3 images in patches of 2, a time token in front. */
export interface ViTShape {
  /** Numbers in a patch. */
  patch: number;
  width: number;
  depth: number;
  heads: number;
  /** Patches and the time token. */
  tokens: number;
  batch: number;
}

/** 1.2 M parameters, about 16 GFLOP a training step. */
export const vitDenoiser: ViTShape = { patch: 12, width: 128, depth: 6, heads: 4, tokens: 65, batch: 32 };
