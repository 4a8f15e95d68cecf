import { check } from '@diptych/formats/errors';
import { partNames } from './probe-outcome.ts';

/**
 * One warning, with counts, for each part that lacks rows of a class. Training rows of one class only are an error: there is
 * nothing to tell apart.
 */
export function missingClasses(
  labels: Readonly<Record<(typeof partNames)[number], ArrayLike<number>>>,
  classes: number,
  where: string,
): string[] {
  const rows = Object.fromEntries(partNames.map((part) => [part, rowsPerClass(labels[part], classes)]));
  const absent = (part: string) => Array.from(rows[part].keys()).filter((k) => rows[part][k] === 0);
  const unlearnt = absent('train');
  check(classes - unlearnt.length >= 2, where, 'train.labels', 'of at least two classes', classes - unlearnt.length);
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
