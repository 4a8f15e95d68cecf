import { resizeImage } from '@diptych/ops';
import type { Protocol } from './protocol.ts';

/**
 * The protocol of clean-fid: Pillow's antialiased bicubic on float channels to 299x299, clipped to 0..255 and not rounded,
 * then (x - 128) / 128. Recommended: shrinking does not alias.
 *
 * @see Parmar et al. 2022, On aliased resizing and surprising subtleties in GAN evaluation
 */
export const clean: Protocol = {
  name: 'clean',
  size: [299, 299],
  prepare: (levels, shape) =>
    resizeImage(levels, shape, [299, 299]).map((level) => (Math.min(255, Math.max(0, level)) - 128) / 128),
};
