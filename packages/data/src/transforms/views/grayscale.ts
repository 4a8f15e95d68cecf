import { checkColors, lightness } from './colors.ts';
import type { HostImage } from './image-transform.ts';

/**
 * Every channel becomes the lightness 0.299 R + 0.587 G + 0.114 B.
 *
 * **Shapes** [H, W, 1 or 3].
 *
 * @throws DiptychError if the image is neither grey nor RGB.
 * @example
 * const someGray = sometimes(0.2, grayscale);
 */
export function grayscale(image: HostImage): HostImage {
  checkColors('grayscale', image);
  const light = lightness(image);
  const channels = image.shape[2];
  return { data: image.data.map((_, i) => light[Math.floor(i / channels)]), shape: image.shape };
}
