import { checkRule, checkShare, rules } from '@diptych/formats/errors';
import { foldIn, uniformArray } from '@diptych/core';
import type { ImageTransform } from './image-transform.ts';

/**
 * A transform that happens with this probability.
 *
 * @throws DiptychError if the probability is not in 0..1.
 * @example
 * const jitter = sometimes(0.8, colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1 }));
 */
export function randomApply(probability: number, transform: ImageTransform): ImageTransform {
  checkShare('randomApply', { probability });
  checkRule('randomApply', 'transform', rules.callback, transform);
  return (image, key) => (uniformArray(key, 1)[0] < probability ? transform(image, foldIn(key, 1)) : image);
}
