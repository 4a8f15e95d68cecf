import { foldIn, permutation, uniformArray } from '@diptych/core';
import { checkOptions, rules } from '@diptych/formats/errors';
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, checkColors } from './colors.ts';
import type { ImageTransform } from './image-transform.ts';

/** How far each may go; 0, the default, leaves it out. */
export interface ColorJitterOptions {
  /** Factor uniform in [max(0, 1 - brightness), 1 + brightness]. */
  brightness?: number;
  /** Factor uniform in [max(0, 1 - contrast), 1 + contrast]: towards the mean lightness, or away from it. */
  contrast?: number;
  /** Factor uniform in [max(0, 1 - saturation), 1 + saturation]: towards grey, or away from it. */
  saturation?: number;
  /** Part of the colour circle, uniform in [-hue, hue]; at most 0.5. */
  hue?: number;
}

/**
 * Changes brightness, contrast, saturation and hue, each once, in random order: torchvision's `ColorJitter`. Grey images have
 * neither saturation nor hue to change.
 *
 * **Shapes** [H, W, 1 or 3].
 *
 * @throws DiptychError if a strength is below 0 or that of the hue above 0.5; later, if an image is neither grey nor RGB.
 * @see Chen et al. 2020, A simple framework for contrastive learning of visual representations, appendix A
 * @example
 * const jitter = colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1 }); // DINO's
 */
export function colorJitter(options: ColorJitterOptions): ImageTransform {
  const {
    brightness = 0,
    contrast = 0,
    saturation = 0,
    hue = 0,
  } = checkOptions('colorJitter', options, {
    brightness: rules.nonNegative,
    contrast: rules.nonNegative,
    saturation: rules.nonNegative,
    hue: rules.interval('[0, 0.5]'),
  });
  const factor = (strength: number, u: number) => {
    const low = Math.max(0, 1 - strength);
    return low + u * (1 + strength - low);
  };
  return (image, key) => {
    checkColors('colorJitter', image);
    const u = uniformArray(foldIn(key, 0), 4);
    let jittered = image;
    for (const k of permutation(foldIn(key, 1), 4)) {
      if (k === 0 && brightness > 0) jittered = adjustBrightness(jittered, factor(brightness, u[0]));
      if (k === 1 && contrast > 0) jittered = adjustContrast(jittered, factor(contrast, u[1]));
      if (k === 2 && saturation > 0) jittered = adjustSaturation(jittered, factor(saturation, u[2]));
      if (k === 3 && hue > 0) jittered = adjustHue(jittered, hue * (2 * u[3] - 1));
    }
    return jittered;
  };
}
