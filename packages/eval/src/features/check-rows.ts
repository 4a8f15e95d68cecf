import { check } from '@diptych/formats/errors';
import type { FeatureRows } from './feature-rows.ts';

/**
 * Throws unless the features are whole rows of finite numbers, `atLeast` of them; returns their number. The message
 * names the first bad row.
 */
export function checkRows(features: FeatureRows, where: string, parameter: string, atLeast = 1): number {
  const { rows, dims } = features;
  const known = rows instanceof Float32Array || rows instanceof Float64Array;
  check(known, where, `${parameter}.rows`, 'a Float32Array or a Float64Array', rows);
  check(Number.isInteger(dims) && dims >= 1, where, `${parameter}.dims`, 'a positive integer', dims);
  check(rows.length % dims === 0, where, `${parameter}.rows`, `whole rows of ${dims} numbers`, rows.length);
  const count = rows.length / dims;
  check(count >= atLeast, where, parameter, `at least ${atLeast} row${atLeast === 1 ? '' : 's'}`, count);
  for (let i = 0; i < rows.length; i++) {
    if (!Number.isFinite(rows[i])) {
      check(false, where, `row ${Math.floor(i / dims)} of ${parameter}`, 'free of NaN and infinity', rows[i]);
    }
  }
  return count;
}
