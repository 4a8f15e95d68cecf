import { check, checkRule, rules } from '@diptych/formats/errors';

/** Labels are kept as signed integers of 32 bits. */
const mostClasses = 2 ** 31;

/** What labels are held against. */
export interface LabelLimits {
  /** Images. */
  length: number;
  /** Classes. Default: any number that 32 bits hold. */
  classes?: number;
  /** What messages call the image in this place. Default its number. */
  nameOf?: (position: number) => string;
}

/** Throws unless there is a label for each image and each is a class. Looks before an Int32Array would round or wrap them. */
export function checkLabels(
  where: string,
  label: ArrayLike<number>,
  { length, classes = mostClasses, nameOf = (i) => `image ${i}` }: LabelLimits,
): void {
  checkRule(where, 'label', rules.array, label);
  check(label.length === length, where, 'label', `of length ${length}, one per image`, label.length);
  for (let i = 0; i < length; i++) {
    const inside = Number.isInteger(label[i]) && label[i] >= 0 && label[i] < classes;
    if (!inside) check(false, where, `label of ${nameOf(i)}`, `an integer in 0 .. ${classes - 1}`, label[i]);
  }
}

/**
 * The classes that labels without names are of, called by their numbers: 0 to the largest. Throws if these were more than there are
 * images: a single wrong number would make millions of names.
 */
export function numberedClasses(where: string, label: ArrayLike<number>, nameOf?: LabelLimits['nameOf']): string[] {
  checkRule(where, 'label', rules.array, label);
  const { length } = label;
  checkLabels(where, label, { length, nameOf });
  let largest = 0;
  for (let i = 0; i < length; i++) if (label[i] > label[largest]) largest = i;
  const classes = length > 0 ? label[largest] + 1 : 0;
  const rule = `below ${length}, the number of images, unless classes are given`;
  check(classes <= length, where, `label of ${(nameOf ?? ((i) => `image ${i}`))(largest)}`, rule, label[largest]);
  return Array.from({ length: classes }, (_, k) => String(k));
}
