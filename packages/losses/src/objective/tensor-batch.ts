import type { Batch } from '@diptych/core';
import {
  check,
  checkAllFinite,
  checkAllIntegers,
  checkLength,
  checkOptions,
  rules,
  type OptionRules,
  type Rule,
} from '@diptych/formats/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { TensorBatch } from './objective.ts';

/**
 * Brings a batch of plain numbers to the backend: uint8 pixels become p / 127.5 - 1, floats stay as they are.
 *
 * **Shapes** As in `Batch`; every view must have the same number of images. **Memory** The tensors are the caller's; call
 * it inside a tidy or dispose them.
 *
 * @throws DiptychError if a length does not fit the shape, a view has another batch size, a pixel is not finite, or a label is
 * not a class number
 * @example
 * const batch = tensorBatch(await dataset.batch([0, 1, 2]));
 */
export function tensorBatch(batch: Batch): TensorBatch {
  checkBatch('batch', batch, batch?.shape?.[0]);
  batch.views?.forEach((view, i) => checkBatch(`batch.views[${i}]`, view, batch.shape[0]));
  return { ...tensors(batch), views: (batch.views ?? []).map((view) => ({ ...tensors(view), views: [] })) };
}

/** What is an array is enough here: the numbers are looked at below. */
const numbers: Rule = { ...rules.array, words: 'an array of numbers' };

const pixels: Rule = {
  words: 'a Uint8Array of 0 to 255 or a Float32Array of -1 to 1 (Float32Array.from converts others)',
  holds: (value) => value instanceof Uint8Array || value instanceof Float32Array,
};

const batchRules: OptionRules<Batch> = {
  x: rules.required(pixels),
  shape: rules.required(numbers),
  label: numbers,
  augmentation: numbers,
  index: numbers,
  views: rules.list(rules.record),
};

function tensors(batch: Batch): Omit<TensorBatch, 'views'> {
  const { x, shape, label, augmentation } = batch;
  const [n, height, width, channels] = shape;
  const pixels = x instanceof Uint8Array ? Float32Array.from(x, (p) => p / 127.5 - 1) : x;
  return {
    x: tf.tensor4d(pixels, [n, height, width, channels]),
    ...(label && { label: tf.tensor1d(label, 'int32') }),
    ...(augmentation && { augmentation: tf.tensor2d(augmentation, [n, augmentation.length / n]) }),
  };
}

function checkBatch(name: string, batch: Batch, n: number): void {
  const where = 'tensorBatch';
  const { x, shape, label, augmentation } = checkOptions(where, batch, batchRules, name);
  checkLength(where, { [`${name}.shape`]: shape }, 4, '[B, H, W, C]');
  checkAllIntegers(where, { [`${name}.shape`]: shape }, 1);
  check(shape[0] === n, where, `${name}.shape`, `a batch of ${n} images, as many as the other views`, shape);
  const size = shape.reduce((product, axis) => product * axis, 1);
  checkLength(where, { [`${name}.x`]: x }, size, `as its shape [${shape.join(', ')}] says`);
  if (!(x instanceof Uint8Array)) checkAllFinite(where, { [`${name}.x`]: x });
  if (label) {
    checkLength(where, { [`${name}.label`]: label }, n, 'one per image');
    // A cast to int32 would take the classes 0.5 and NaN for 0.
    checkAllIntegers(where, { [`${name}.label`]: label }, 0);
  }
  const rows = !augmentation || (augmentation.length > 0 && augmentation.length % n === 0);
  check(rows, where, `${name}.augmentation`, `${n} rows of as many numbers each`, augmentation?.length);
  if (augmentation) checkAllFinite(where, { [`${name}.augmentation`]: augmentation });
}
