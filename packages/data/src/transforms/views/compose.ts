import { checkRule, rules } from '@diptych/formats/errors';
import { foldIn } from '@diptych/core';
import type { ImageTransform } from './image-transform.ts';

/**
 * Transforms one after the other, each with a key of its own.
 *
 * @example
 * const weak = inTurn(randomResizedCrop(32), randomFlip());
 */
export function compose(...transforms: readonly ImageTransform[]): ImageTransform {
  checkRule('compose', 'transforms', rules.list(rules.callback), transforms);
  return (image, key) => transforms.reduce((current, transform, k) => transform(current, foldIn(key, k)), image);
}
