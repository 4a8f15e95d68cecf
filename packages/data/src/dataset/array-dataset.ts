import type { Batch } from '@diptych/core';
import { check, checkOptions, rules } from '@diptych/formats/errors';
import { checkBatch, pixelsRule } from './check-batch.ts';
import { checkLabels, numberedClasses } from './check-labels.ts';
import { checkPositions, classesRule, imageShapeRule } from './dataset.ts';
import type { Dataset } from './dataset.ts';

/** Images in memory. */
export interface ArrayDatasetOptions {
  /** All images, NHWC, row-major; uint8 0..255 or float32 in [-1, 1]. Kept, not copied. */
  x: Float32Array | Uint8Array;
  /** [H, W, C] of one image. */
  shape: readonly [number, number, number];
  /** Class of each image. */
  label?: ArrayLike<number>;
  /** Names of the classes. Default: the numbers 0 .. largest label, if there are labels; needed if these are more than the images. */
  classes?: readonly string[];
  /** What reports call it. Default `array`. */
  name?: string;
}

/**
 * A data set of images in memory. All of it is checked once, here.
 *
 * **Shapes** `x` holds n * H * W * C numbers. **Memory** `x` is kept as it is; batches are copies.
 *
 * @throws DiptychError if sizes do not fit, an image holds NaN or infinity (the message names it), floats are levels
 * 0..255 (their place is a Uint8Array), or a label is no class.
 * @example
 * const data = arrayDataset({ x: new Float32Array(100 * 8 * 8), shape: [8, 8, 1], name: 'blank' });
 */
export function arrayDataset(options: ArrayDatasetOptions): Dataset {
  const where = 'arrayDataset';
  const {
    x,
    shape,
    label: given,
    classes: named,
    name = 'array',
  } = checkOptions(where, options, {
    x: rules.required(pixelsRule),
    shape: rules.required(imageShapeRule),
    label: rules.array,
    classes: classesRule,
    name: rules.text,
  });
  const size = shape[0] * shape[1] * shape[2];
  check(x.length > 0 && x.length % size === 0, where, 'x', `a positive multiple of ${size} (H * W * C) long`, x.length);
  const length = x.length / size;

  if (given) checkLabels(where, given, { length, classes: named?.length });
  const classes = named ?? (given && numberedClasses(where, given));
  const label = given && Int32Array.from(given);
  checkBatch({ x, shape: [length, ...shape] }, { where });

  return {
    name,
    length,
    shape,
    ...(classes && { classes }),
    batch(indices): Batch {
      checkPositions(indices, length, `${name}.batch`);
      const count = indices.length;
      const rows = x instanceof Uint8Array ? new Uint8Array(count * size) : new Float32Array(count * size);
      for (let i = 0; i < count; i++) rows.set(x.subarray(indices[i] * size, (indices[i] + 1) * size), i * size);
      return {
        x: rows,
        shape: [count, ...shape],
        index: Int32Array.from(indices),
        ...(label && { label: Int32Array.from(indices, (i) => label[i]) }),
      };
    },
  };
}
