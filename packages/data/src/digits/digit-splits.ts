import type { Dataset } from '../dataset/dataset.ts';
import { subset } from '../dataset/subset.ts';
import { digits } from './digits.ts';

/** Disjoint parts of one data set. */
export interface Splits {
  /** For fitting. */
  train: Dataset;
  /** For choosing (a layer, a noise level, a penalty). */
  validation: Dataset;
  /** For reporting, once. */
  test: Dataset;
}

/**
 * The digits in three parts, always the same: train = images 0..1199, validation = 1200..1436, test = 1437..1796.
 *
 * The test part is by other writers than the rest, which makes it harder than a random one. The validation part is taken
 * as a block from the end of the rest for the same reason: neighbours in the source are often by one writer, and a random
 * part would hold near copies of training images.
 *
 * @example
 * const { train, validation, test } = digitSplits(); // 1200, 237, 360 images
 */
export function digitSplits(): Splits {
  const source = digits();
  return {
    train: subset(source, { from: 0, to: 1200 }, { name: 'digits train' }),
    validation: subset(source, { from: 1200, to: 1437 }, { name: 'digits validation' }),
    test: subset(source, { from: 1437 }, { name: 'digits test' }),
  };
}
