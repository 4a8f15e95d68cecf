import { largestEntry, powerOfTwoNear } from '@diptych/core/numeric';
import type { Matrix } from '@diptych/core/numeric';
import { columnMeans } from '../features/feature-rows.ts';
import type { FeatureRows } from '../features/feature-rows.ts';

/** Rows less their mean, as a matrix. */
export function centeredColumns({ rows, dims }: FeatureRows): Matrix {
  const count = rows.length / dims;
  const mean = columnMeans(rows, dims);
  return { rows: count, columns: dims, data: Float64Array.from(rows, (value, i) => value - mean[i % dims]) };
}

/** The same divided by a power of two that brings it to entries of about 1; a matrix of zeros stays. */
export function centeredAndScaled(features: FeatureRows): Matrix {
  const { rows, columns, data } = centeredColumns(features);
  const scale = powerOfTwoNear(largestEntry(data));
  return { rows, columns, data: data.map((value) => value / scale) };
}

/** Rows scaled to length 1; a row of length 0 stays. */
export function unitRows({ rows, dims }: FeatureRows): Float64Array {
  const unit = Float64Array.from(rows);
  for (let from = 0; from < unit.length; from += dims) {
    const scale = powerOfTwoNear(largestEntry(unit.subarray(from, from + dims))); // keeps the squares in range
    for (let d = 0; d < dims; d++) unit[from + d] /= scale;
    let sum = 0;
    for (let d = 0; d < dims; d++) sum += unit[from + d] ** 2;
    const length = Math.sqrt(sum);
    if (length > 0) for (let d = 0; d < dims; d++) unit[from + d] /= length;
  }
  return unit;
}
