import { cornerAligned, resizeImage, triangle } from '@diptych/ops';
import type { Protocol } from './protocol.ts';

/**
 * The protocol of the first FID code, of torch-fidelity, StyleGAN and ADM: TensorFlow 1's bilinear resize to 299x299, which reads
 * at i n/m and so moves the picture by up to half a pixel, then (x - 128) / 128.
 *
 * @see Heusel et al. 2017, GANs trained by a two time-scale update rule; toshas/torch-fidelity
 */
export const legacyTensorFlow: Protocol = {
  name: 'legacy-tensorflow',
  size: [299, 299],
  prepare: (levels, shape) =>
    resizeImage(levels, shape, [299, 299], cornerAligned(triangle)).map((level) => (level - 128) / 128),
};
