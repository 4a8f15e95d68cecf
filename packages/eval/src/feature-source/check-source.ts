import { check } from '@diptych/formats/errors';
import { checkRows } from '../features/check-rows.ts';
import type { FeatureRows } from '../features/feature-rows.ts';
import type { FeatureSource } from './feature-source.ts';

/** `checkRows` for rows that may come in chunks: one pass over all of them; returns their number. */
export function checkSource(
  features: FeatureRows | FeatureSource,
  where: string,
  parameter: string,
  atLeast = 1,
): number {
  if (!('chunks' in features)) return checkRows(features, where, parameter, atLeast);
  const { count, dims } = features;
  check(Number.isInteger(dims) && dims >= 1, where, `${parameter}.dims`, 'a positive integer', dims);
  let seen = 0;
  for (const { rows, dims: width } of features.chunks()) {
    check(width === dims, where, `${parameter}.dims`, `${dims} in every chunk`, width);
    check(rows.length % dims === 0, where, `${parameter}.rows`, `whole rows of ${dims} numbers`, rows.length);
    for (let i = 0; i < rows.length; i++) {
      if (!Number.isFinite(rows[i])) {
        const row = seen + Math.floor(i / dims);
        check(false, where, `row ${row} of ${parameter}`, 'free of NaN and infinity', rows[i]);
      }
    }
    seen += rows.length / dims;
  }
  check(seen === count, where, parameter, `${count} rows, as its count says`, seen);
  check(count >= atLeast, where, parameter, `at least ${atLeast} row${atLeast === 1 ? '' : 's'}`, count);
  return count;
}
