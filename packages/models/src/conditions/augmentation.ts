import type { NetworkInput } from '@diptych/core';
import { check } from '@diptych/formats/errors';

/** Numbers that describe a non-leaky augmentation. */
export const augmentationParameters = 9;

/** Refuses augmentation parameters that are not one row for each image. */
export function checkAugmentation(where: string, { x, augmentation }: NetworkInput): void {
  const [batch] = x.shape;
  const fits = !augmentation || (augmentation.rank === 2 && augmentation.shape[0] === batch);
  check(fits, where, 'augmentation', `of shape [${batch}, ${augmentationParameters}]`, augmentation);
}
