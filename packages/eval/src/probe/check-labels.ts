import { check } from '@diptych/formats/errors';

/** Throws unless there is one label per row and each names a class; returns the number of classes. */
export function checkLabels(labels: ArrayLike<number>, count: number, where: string, classes?: number): number {
  check(labels.length === count, where, 'labels', `${count} numbers, one per row`, labels.length);
  let largest = 0;
  for (let i = 0; i < count; i++) {
    const sound = Number.isInteger(labels[i]) && labels[i] >= 0 && labels[i] < (classes ?? Infinity);
    const rule = classes === undefined ? 'an integer from 0' : `an integer in 0..${classes - 1}`;
    if (!sound) check(false, where, `label of row ${i}`, rule, labels[i]);
    largest = Math.max(largest, labels[i]);
  }
  const found = classes ?? largest + 1;
  check(Number.isInteger(found) && found >= 2, where, 'classes', 'an integer from 2', found);
  return found;
}
