import { checkShare } from '@diptych/formats/errors';
import { checkColors } from './colors.ts';
import type { ImageTransform } from './image-transform.ts';

/**
 * Inverts what is at least as bright as the threshold: level x becomes 1 - x.
 *
 * **Shapes** [H, W, 1 or 3].
 *
 * @param threshold 0..1; the default is Pillow's and BYOL's 128 of 255
 * @throws DiptychError if the threshold is not in 0..1; later, if an image is neither grey nor RGB.
 * @see Grill et al. 2020, Bootstrap your own latent, appendix B
 * @example
 * const some = sometimes(0.2, solarize());
 */
export function solarize(threshold = 128 / 255): ImageTransform {
  checkShare('solarize', { threshold });
  // Levels are float32: so must be what they are held against.
  const limit = Math.fround(threshold);
  return (image) => {
    checkColors('solarize', image);
    return { data: image.data.map((level) => (level >= limit ? 1 - level : level)), shape: image.shape };
  };
}
