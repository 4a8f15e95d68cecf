import type { Batch } from '@diptych/core';
import { check, checkRule, type Rule, rules } from '@diptych/formats/errors';

/** Images with a known number and size, fetched by position. Ten lines make one: see `arrayDataset`. */
export interface Dataset {
  /** What reports call it. */
  readonly name: string;
  /** Number of images. */
  readonly length: number;
  /** [H, W, C] of every image. */
  readonly shape: readonly [number, number, number];
  /** Names of the classes; label k is `classes[k]`. Absent for a set without labels. */
  readonly classes?: readonly string[];
  /** The images at these positions (0 .. length - 1), in this order; a fresh batch that the caller may change. */
  batch(indices: ArrayLike<number>): Batch | Promise<Batch>;
}

/** Throws unless every index is a position in a data set of `length` images. */
export function checkPositions(indices: ArrayLike<number>, length: number, where: string): void {
  checkRule(where, 'indices', rules.array, indices);
  for (let i = 0; i < indices.length; i++) {
    const inside = Number.isInteger(indices[i]) && indices[i] >= 0 && indices[i] < length;
    if (!inside) check(false, where, `indices[${i}]`, `an integer in 0 .. ${length - 1}`, indices[i]);
  }
}

const isImageShape = (value: unknown) => rules.list(rules.count).holds(value) && (value as unknown[]).length === 3;

/** The rule of [H, W, C]. */
export const imageShapeRule: Rule = { words: 'three positive integers [H, W, C]', holds: isImageShape };

/** The rule of names of classes. */
export const classesRule: Rule = { words: 'an array of names', holds: (value) => rules.list(rules.text).holds(value) };

/** Throws unless this is a data set. */
export function checkDataset(where: string, dataset: unknown): asserts dataset is Dataset {
  const rule = 'a data set, such as digits()';
  check(rules.object.holds(dataset), where, 'dataset', rule, dataset);
  const { name, length, shape, classes, batch } = dataset as Partial<Dataset>;
  const isSet = rules.callback.holds(batch) && rules.index.holds(length) && isImageShape(shape);
  check(isSet, where, 'dataset', rule, dataset);
  checkRule(where, 'name of dataset', rules.text, name);
  if (classes !== undefined) checkRule(where, 'classes of dataset', classesRule, classes);
}
