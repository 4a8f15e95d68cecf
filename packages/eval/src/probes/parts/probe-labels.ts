import type { Batch } from '@diptych/core';
import { sequentialBatches } from '@diptych/data';
import type { Dataset } from '@diptych/data';
import { check, checkAllIntegers, checkLength, checkRule, fail } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import { checkSource } from '../../features/feature-source.ts';
import type { LabeledSource } from '../../features/feature-source.ts';
import { checkSameDims } from '../../features/feature-rows.ts';

/** Features with the class of each row. */
export interface LabeledRows extends FeatureRows {
  labels: ArrayLike<number>;
}

/** The three parts of a probe, each in memory or read in chunks. */
export interface ProbeParts {
  /** Fitted on. */
  train: LabeledRows | LabeledSource;
  /** Chosen on. */
  validation: LabeledRows | LabeledSource;
  /** Reported on. */
  test: LabeledRows | LabeledSource;
}

/** What the three parts hold. */
export interface CheckedParts {
  dims: number;
  classes: number;
  /** Rows in each part. */
  counts: { train: number; validation: number; test: number };
  /** What the reader of the figure should know: classes without rows, with counts. */
  warnings: string[];
}

/** Names of the parts, in the order in which they are used. */
export const partNames = ['train', 'validation', 'test'] as const;

/** Labels of a batch; data without labels is refused. */
export function labelsOf(images: Batch, dataset: Dataset, where: string): Int32Array {
  if (!images.label) fail(where, `${dataset.name} has no labels`);
  return images.label;
}

/** The labels of a data set in its order; data without labels is refused. */
async function allLabels(dataset: Dataset, where: string, signal?: AbortSignal): Promise<Int32Array> {
  const labels = new Int32Array(dataset.length);
  let at = 0;
  for await (const images of sequentialBatches(dataset)) {
    signal?.throwIfAborted();
    labels.set(labelsOf(images, dataset, where), at);
    at += images.shape[0];
  }
  return labels;
}

/**
 * The labels of the three parts of a probe, how many classes they name (`classes`, or else what the training part says), and a
 * warning for each part that lacks rows of a class.
 */
export async function splitLabels(
  splits: Readonly<Record<(typeof partNames)[number], Dataset>>,
  where: string,
  { classes = splits?.train?.classes?.length, signal }: { classes?: number; signal?: AbortSignal } = {},
): Promise<{ labels: Record<(typeof partNames)[number], Int32Array>; classes: number; warnings: string[] }> {
  checkRule(where, 'splits', evalRules.splits, splits);
  for (const part of partNames) checkRule(where, `splits.${part}`, evalRules.dataset, splits[part]);
  const labels = {
    train: await allLabels(splits.train, where, signal),
    validation: await allLabels(splits.validation, where, signal),
    test: await allLabels(splits.test, where, signal),
  };
  let found = classes;
  for (const part of partNames) found = checkLabels(labels[part], labels[part].length, `${where} (${part})`, found);
  return { labels, classes: found!, warnings: missingClasses(labels, found!, where) };
}

/**
 * Throws unless there is one label per row and each names a class; returns the number of classes: `classes`, or else those up to the
 * largest label, which may be as many as there are rows.
 */
export function checkLabels(labels: ArrayLike<number>, count: number, where: string, classes?: number): number {
  checkRule(where, 'labels', evalRules.numbers, labels);
  if (classes !== undefined) checkRule(where, 'classes', evalRules.classes, classes);
  checkLength(where, { labels }, count, 'one per row');
  checkAllIntegers(where, { labels }, 0, (classes ?? Infinity) - 1);
  let largest = 0;
  for (let i = 0; i < count; i++) largest = Math.max(largest, labels[i]);
  // One wrong number would make a classifier of millions of classes.
  const bounded = classes !== undefined || largest < count;
  const row = Array.prototype.indexOf.call(labels, largest);
  check(bounded, where, `labels[${row}]`, `below ${count}, the number of rows, unless classes are given`, largest);
  const found = classes ?? largest + 1;
  // One far label would make as many classes, each with weights of its own.
  const isGiven = classes !== undefined || found <= Math.max(count, 2 ** 10);
  check(isGiven, where, 'classes', `given where the largest label is beyond the ${count} rows`, found);
  checkRule(where, 'classes', evalRules.classes, found);
  return found;
}

/**
 * One warning, with counts, for each part that lacks rows of a class. Training rows of one class only are an error: there is
 * nothing to tell apart.
 */
function missingClasses(
  labels: Readonly<Record<(typeof partNames)[number], ArrayLike<number>>>,
  classes: number,
  where: string,
): string[] {
  const rows = Object.fromEntries(partNames.map((part) => [part, rowsPerClass(labels[part], classes)]));
  const absent = (part: string) => Array.from(rows[part].keys()).filter((k) => rows[part][k] === 0);
  const unlearned = absent('train');
  check(classes - unlearned.length >= 2, where, 'train.labels', 'of at least two classes', classes - unlearned.length);
  return partNames
    .filter((part) => absent(part).length > 0)
    .map((part) => {
      const lacking = absent(part);
      const text = `${part} has no rows of ${lacking.length} of ${classes} classes (${lacking.join(', ')})`;
      if (part !== 'train') return text;
      const lost = lacking.reduce((sum, k) => sum + rows.test[k], 0);
      return `${text}: ${lost} of ${labels.test.length} test rows cannot come out right`;
    });
}

function rowsPerClass(labels: ArrayLike<number>, classes: number): Uint32Array {
  const count = new Uint32Array(classes);
  for (let i = 0; i < labels.length; i++) count[labels[i]]++;
  return count;
}

/**
 * Throws unless the three parts are sound and fit each other. Without `classes` the training labels say how many there are.
 */
export function checkParts(parts: ProbeParts, where: string, classes?: number): CheckedParts {
  checkRule(where, 'parts', evalRules.splits, parts);
  for (const part of partNames) checkRule(where, part, evalRules.sized, parts[part]);
  const { dims } = parts.train;
  const counts = { train: 0, validation: 0, test: 0 };
  let found = classes;
  for (const part of partNames) {
    checkSameDims(where, { train: parts.train, [part]: parts[part] });
    counts[part] = checkSource(parts[part], where, part, part === 'train' ? 2 : 1);
    found = checkLabels(parts[part].labels, counts[part], `${where} (${part})`, found);
  }
  const labels = { train: parts.train.labels, validation: parts.validation.labels, test: parts.test.labels };
  return { dims, classes: found!, counts, warnings: missingClasses(labels, found!, where) };
}
