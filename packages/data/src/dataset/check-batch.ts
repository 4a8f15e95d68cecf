import type { Batch } from '@diptych/core';
import { check, checkOptions, checkRule, type OptionRules, type Rule, rules } from '@diptych/formats/errors';
import { type Dataset, imageShapeRule } from './dataset.ts';
import { checkLabels } from './check-labels.ts';
import { checkPixels } from '../images/pixels.ts';

/** The rule of images as numbers. */
export const pixelsRule: Rule = {
  words: 'a Float32Array or a Uint8Array',
  holds: (value) => value instanceof Float32Array || value instanceof Uint8Array,
};

const checkBatchRules: OptionRules<CheckBatchOptions> = {
  length: rules.index,
  image: imageShapeRule,
  classes: rules.index,
  where: rules.text,
};

/** What a batch is held against. */
export interface CheckBatchOptions {
  /** Number of images it must hold. Default: what its shape says. */
  length?: number;
  /** [H, W, C] that its images must have. Default: what its shape says. */
  image?: readonly [number, number, number];
  /** Number of classes: labels must be 0 .. classes - 1. Default: labels may be any that 32 bits hold. */
  classes?: number;
  /** Name of the function that refuses, for the message. Default `checkBatch`. */
  where?: string;
}

/**
 * Throws a `DiptychError` unless the batch is sound: as many numbers as its shape says, no NaN or infinity, no levels 0..255 as
 * floats, labels that name a class. The message gives the position of the first bad image in its data set.
 *
 * @throws DiptychError if it is not.
 * @example
 * checkBatch(batch, { image: [32, 32, 3], classes: 10 });
 */
export function checkBatch(batch: Batch, options: CheckBatchOptions = {}): void {
  const { where = 'checkBatch' } = checkOptions('checkBatch', options, checkBatchRules);
  checkRule(where, 'batch', rules.object, batch);
  checkRule(where, 'shape', rules.list(rules.index), batch.shape);
  const [batchLength, ...batchImage] = batch.shape;
  const { length = batchLength, image = batchImage, classes } = options;
  const { x, shape, label, augmentation, index, views } = batch;
  const wanted = [length, ...image];
  const nameOf = (i: number) => `image ${index?.[i] ?? i}`;

  checkRule(where, 'x', pixelsRule, x);
  check(shape.length === 4 && wanted.every((n, i) => n === shape[i]), where, 'shape', `[${wanted}]`, shape);
  const size = shape[1] * shape[2] * shape[3];
  check(x.length === length * size, where, 'x', `${length * size} numbers for shape [${shape}]`, x.length);
  if (x instanceof Float32Array) {
    for (let i = 0; i < x.length; i++) {
      if (!Number.isFinite(x[i])) check(false, where, nameOf(Math.floor(i / size)), 'free of NaN and infinity', x[i]);
    }
    checkPixels(where, 'pixels', x, [shape[1], shape[2]]);
  }
  if (label) checkLabels(where, label, { length, classes, nameOf });
  check(!index || index.length === length, where, 'index', `of length ${length}`, index?.length);
  check(
    !augmentation || (length === 0 ? augmentation.length === 0 : augmentation.length % length === 0),
    where,
    'augmentation',
    `a whole number of values per image (${length} images)`,
    augmentation?.length,
  );
  // Views may be smaller than the images they are of: multi-crop.
  for (const view of views ?? []) checkBatch(view, { length, classes, where: `${where} (view)` });
}

/** A batch with its positions, held against what the data set says of itself. */
export async function fetchBatch(dataset: Dataset, indices: Uint32Array, where: string): Promise<Batch> {
  const batch = await dataset.batch(indices);
  checkRule(where, `batch of ${dataset.name}`, rules.object, batch);
  const complete = { ...batch, index: batch.index ?? Int32Array.from(indices) };
  checkBatch(complete, {
    where: `${where} (${dataset.name})`,
    length: indices.length,
    image: dataset.shape,
    classes: dataset.classes?.length,
  });
  return complete;
}
