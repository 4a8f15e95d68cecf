import { interpolated, resizeImage, triangle } from '@diptych/ops';
import type { Protocol } from './protocol.ts';

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
    resizeImage(levels, shape, [299, 299], interpolated(triangle)).map((level) => (level / 255) * 2 - 1),
};
