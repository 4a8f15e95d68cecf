import { arrayDataset } from '../dataset/array-dataset.ts';
import type { Dataset } from '../dataset/dataset.ts';
import { subset } from '../dataset/subset.ts';
import { packedLabels, packedLevels } from './digit-levels.ts';

const count = 1797;

/**
 * 1,797 handwritten digits, 8x8 grey, ten classes: real images inside the package, for quick starts and tests.
 *
 * x = level / 8 - 1 with the levels 0 (paper) .. 16 (ink) of the source, so -1 is paper and 1 is ink.
 *
 * **Shapes** images [8, 8, 1], float32 in [-1, 1]. Positions are those of the source; 1437 and later are by other writers.
 *
 * Data: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, 1998, UCI Machine Learning Repository,
 * DOI 10.24432/C50P49, licence CC BY 4.0. Who passes it on names the authors, the DOI and the licence.
 *
 * @see https://doi.org/10.24432/C50P49
 * @example
 * const { x, label } = await digits().batch([0, 1, 2]);
 */
export function digits(): Dataset {
  const { levels, label } = digitLevels();
  return arrayDataset({
    x: Float32Array.from(levels, (level) => level / 8 - 1),
    shape: [8, 8, 1],
    label,
    classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    name: 'digits',
  });
}

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

/** The bytes of the source: ink levels 0..16, image after image, and the digit of each. */
export function digitLevels(): { levels: Uint8Array; label: Uint8Array } {
  const nextLevel = bits(packedLevels);
  const levels = Uint8Array.from({ length: count * 64 }, () => (nextLevel(1) === 0 ? 0 : nextLevel(4) + 1));
  const nextLabel = bits(packedLabels);
  return { levels, label: Uint8Array.from({ length: count }, () => nextLabel(4)) };
}

/** Reads a base64 text bit by bit, highest bit of each byte first. */
function bits(base64: string): (width: number) => number {
  const text = atob(base64);
  let at = 0;
  return (width) => {
    let value = 0;
    for (let i = 0; i < width; i++, at++) value = (value << 1) | ((text.charCodeAt(at >> 3) >> (7 - (at & 7))) & 1);
    return value;
  };
}
