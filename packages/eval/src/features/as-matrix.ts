import type { Matrix } from '@diptych/core/numeric';
import type { FeatureRows } from './feature-rows.ts';

/** Feature rows as a matrix of doubles; a Float64Array is not copied. */
export function asMatrix({ rows, dims }: FeatureRows): Matrix {
  const data = rows instanceof Float64Array ? rows : Float64Array.from(rows);
  return { rows: rows.length / dims, columns: dims, data };
}
