import type { FeatureRows } from '../features/feature-rows.ts';
import type { Matrix } from '../linear-algebra/matrix.ts';

/** Rows less their mean, as a matrix. */
export function centredColumns({ rows, dims }: FeatureRows): Matrix {
  const count = rows.length / dims;
  const mean = new Float64Array(dims);
  for (let i = 0; i < rows.length; i++) mean[i % dims] += rows[i] / count;
  return { rows: count, columns: dims, data: Float64Array.from(rows, (value, i) => value - mean[i % dims]) };
}

/** Rows scaled to length 1; a row of length 0 stays. */
export function unitRows({ rows, dims }: FeatureRows): Float64Array {
  const unit = Float64Array.from(rows);
  for (let from = 0; from < unit.length; from += dims) {
    let sum = 0;
    for (let d = 0; d < dims; d++) sum += unit[from + d] ** 2;
    const length = Math.sqrt(sum);
    if (length > 0) for (let d = 0; d < dims; d++) unit[from + d] /= length;
  }
  return unit;
}
