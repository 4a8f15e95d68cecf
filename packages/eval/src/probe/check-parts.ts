import { check } from '@diptych/formats/errors';
import { checkSource } from '../feature-source/check-source.ts';
import { checkLabels } from './check-labels.ts';
import { missingClasses } from './missing-classes.ts';
import { partNames } from './probe-outcome.ts';
import type { ProbeOutcome, ProbeParts } from './probe-outcome.ts';

/**
 * Throws unless the three parts are sound and fit each other. Without `classes` the training labels say how many there are.
 */
export function checkParts(
  parts: ProbeParts,
  where: string,
  classes?: number,
): Pick<ProbeOutcome, 'dims' | 'classes' | 'counts' | 'warnings'> {
  const { dims } = parts.train;
  const counts = { train: 0, validation: 0, test: 0 };
  let found = classes;
  for (const part of partNames) {
    check(parts[part].dims === dims, where, `${part}.dims`, `${dims}, that of train`, parts[part].dims);
    counts[part] = checkSource(parts[part], where, part, part === 'train' ? 2 : 1);
    found = checkLabels(parts[part].labels, counts[part], `${where} (${part})`, found);
  }
  const labels = { train: parts.train.labels, validation: parts.validation.labels, test: parts.test.labels };
  return { dims, classes: found!, counts, warnings: missingClasses(labels, found!, where) };
}
