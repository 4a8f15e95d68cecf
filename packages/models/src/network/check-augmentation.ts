import { augmentationParameters, type NetworkInput } from '@diptych/core';
import { check } from '@diptych/formats/errors';

export { augmentationParameters };

/** Refuses augmentation parameters that are not one row for each image. */
export function checkAugmentation(where: string, { x, augmentation }: NetworkInput): void {
  const [batch] = x.shape;
  const fits = !augmentation || (augmentation.rank === 2 && augmentation.shape[0] === batch);
  check(fits, where, 'augmentation', `of shape [${batch}, ${augmentationParameters}]`, augmentation);
}
