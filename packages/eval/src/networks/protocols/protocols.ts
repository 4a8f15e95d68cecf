import { resizeImage, torchResize, triangleKernel, tf1Resize } from '@diptych/ops';

/** How an image of 8-bit levels becomes the input of a feature network. Its name is part of every result. */
export interface Protocol {
  readonly name: string;
  /** Height and width of the network's input. */
  readonly size: readonly [number, number];
  /**
   * One image, resized and normalized.
   *
   * **Shapes** levels [H, W, 3]; result [size[0], size[1], 3].
   */
  prepare(levels: Uint8Array, shape: readonly [number, number, number]): Float32Array;
}

/**
 * The protocol of clean-fid: Pillow's antialiased bicubic on float channels to 299x299, clipped to 0..255 and not rounded,
 * then (x - 128) / 128. Recommended: shrinking does not alias.
 *
 * @see Parmar et al. 2022, On aliased resizing and surprising subtleties in GAN evaluation, arXiv:2104.11222
 */
export const clean: Protocol = {
  name: 'clean',
  size: [299, 299],
  prepare: (levels, shape) =>
    resizeImage(levels, shape, [299, 299]).map((level) => (Math.min(255, Math.max(0, level)) - 128) / 128),
};

/**
 * The protocol of pytorch-fid: levels / 255, bilinear to 299x299 around pixel centres without antialiasing, 2x - 1. Most
 * figures of the years 2018 to 2022 from PyTorch code.
 *
 * @see mseitzer/pytorch-fid, inception.py
 */
export const legacyPyTorch: Protocol = {
  name: 'legacy-pytorch',
  size: [299, 299],
  prepare: (levels, shape) =>
    resizeImage(levels, shape, [299, 299], torchResize(triangleKernel)).map((level) => (level / 255) * 2 - 1),
};

/**
 * The protocol of the first FID code, of torch-fidelity, StyleGAN and ADM: TensorFlow 1's bilinear resize to 299x299, which reads
 * at i n/m and so moves the picture by up to half a pixel, then (x - 128) / 128.
 *
 * @see Heusel et al. 2017, GANs trained by a two time-scale update rule, arXiv:1706.08500; toshas/torch-fidelity
 */
export const legacyTensorFlow: Protocol = {
  name: 'legacy-tensorflow',
  size: [299, 299],
  prepare: (levels, shape) =>
    resizeImage(levels, shape, [299, 299], tf1Resize(triangleKernel)).map((level) => (level - 128) / 128),
};
