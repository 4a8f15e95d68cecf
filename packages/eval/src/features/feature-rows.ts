import { check, checkCount, checkRule } from '@diptych/formats/errors';
import type { Matrix } from '@diptych/core/numeric';
import { featureRules } from './feature-rules.ts';

/** Feature vectors of n images, row after row: n = rows.length / dims. */
export interface FeatureRows {
  rows: Float32Array | Float64Array;
  /** Numbers per row. */
  dims: number;
}

/**
 * Throws unless the features are whole rows of finite numbers, `atLeast` of them; returns their number. The message
 * names the first bad row.
 */
export function checkRows(features: FeatureRows, where: string, parameter: string, atLeast = 1): number {
  const count = checkChunk(features, where, parameter);
  checkEnough(where, parameter, count, atLeast);
  return count;
}

/** Throws unless a chunk that begins at row `first` holds whole rows of finite numbers; returns how many. */
export function checkChunk(features: FeatureRows, where: string, parameter: string, first = 0): number {
  checkRule(where, parameter, featureRules.rows, features);
  const { rows, dims } = features;
  const known = rows instanceof Float32Array || rows instanceof Float64Array;
  check(known, where, `${parameter}.rows`, 'a Float32Array or a Float64Array', rows);
  checkCount(where, { [`${parameter}.dims`]: dims });
  check(rows.length % dims === 0, where, `${parameter}.rows`, `whole rows of ${dims} numbers`, rows.length);
  for (let i = 0; i < rows.length; i++) {
    if (!Number.isFinite(rows[i])) {
      const row = first + Math.floor(i / dims);
      check(false, where, `row ${row} of ${parameter}`, 'free of NaN and infinity', rows[i]);
    }
  }
  return rows.length / dims;
}

/** Throws unless there are enough rows. */
export function checkEnough(where: string, parameter: string, count: number, atLeast: number): void {
  check(count >= atLeast, where, parameter, `at least ${atLeast} row${atLeast === 1 ? '' : 's'}`, count);
}

/** Throws unless rows have the width of the first ones; the message names both. */
export function checkSameDims(where: string, named: Readonly<Record<string, { readonly dims: number }>>): void {
  for (const [name, value] of Object.entries(named)) checkRule(where, name, featureRules.sized, value);
  const [[first, { dims }], ...others] = Object.entries(named);
  for (const [name, other] of others) {
    check(other.dims === dims, where, `${name}.dims`, `${dims}, that of ${first}`, other.dims);
  }
}

/** The rows at these positions, in this order. */
export function selectRows({ rows, dims }: FeatureRows, positions: ArrayLike<number>): FeatureRows {
  const Rows = rows instanceof Float32Array ? Float32Array : Float64Array;
  const chosen = new Rows(positions.length * dims);
  for (let i = 0; i < positions.length; i++) {
    chosen.set(rows.subarray(positions[i] * dims, (positions[i] + 1) * dims), i * dims);
  }
  return { rows: chosen, dims };
}

/** Feature rows as a matrix of doubles; a Float64Array is not copied. */
export function asMatrix({ rows, dims }: FeatureRows): Matrix {
  const data = rows instanceof Float64Array ? rows : Float64Array.from(rows);
  return { rows: rows.length / dims, columns: dims, data };
}

/** Mean of each column, summed from the first row on as an origin: that of a constant column is the constant itself. */
export function columnMeans(rows: ArrayLike<number>, dims: number): Float64Array {
  const mean = new Float64Array(dims);
  for (let i = 0, d = 0; i < rows.length; i++, d = d + 1 === dims ? 0 : d + 1) mean[d] += rows[i] - rows[d];
  for (let d = 0; d < dims; d++) mean[d] = rows[d] + mean[d] / (rows.length / dims);
  return mean;
}
