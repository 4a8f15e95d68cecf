import { checkIndex } from '@diptych/formats/errors';
import { checkDoubles, type Matrix } from './matrix.ts';

/** A factor and what is left. */
export interface PivotedCholesky {
  /** [rank, n]: its transpose times itself gives the matrix back. */
  factor: Matrix;
  /** Largest entry, in absolute value, of the matrix less the product. */
  residual: number;
}

/**
 * Factor of a positive semidefinite matrix, S = F'F with F [rank, n]: row k of F is column k of the Cholesky factor that
 * takes the largest remaining diagonal entry as its pivot. It stops when the largest one left is below
 * n * epsilon * max diag(S), which is rounding noise; so singular matrices are no special case.
 *
 * **Memory** S is not changed; F is made in its size.
 *
 * @see Higham 2002, Accuracy and Stability of Numerical Algorithms, section 10.3 (the stopping rule: eq. 10.32)
 * @example
 * const { factor, residual } = pivotedCholesky(covariance, dims);
 */
export function pivotedCholesky(matrix: Float64Array, n: number): PivotedCholesky {
  checkIndex('pivotedCholesky', { n });
  checkDoubles('pivotedCholesky', 'matrix', matrix, n * n);
  const left = Float64Array.from({ length: n }, (_, i) => matrix[i * n + i]); // the remaining diagonal
  const threshold = n * Number.EPSILON * left.reduce((a, b) => Math.max(a, b), 0);
  const factor = new Float64Array(n * n);
  const taken = new Uint8Array(n);
  const refused = new Uint8Array(n);

  let rank = 0;
  for (let step = 0; step < n; step++) {
    let pivot = -1;
    for (let i = 0; i < n; i++) {
      if (!taken[i] && !refused[i] && (pivot < 0 || left[i] > left[pivot])) pivot = i;
    }
    if (!(left[pivot] > threshold)) break;
    const row = remainingRow(matrix, factor, n, rank, pivot);
    if (!(row[pivot] > threshold)) {
      // The remaining diagonal was kept step by step, the row is fresh: on the last pivots rounding may part them.
      refused[pivot] = 1;
      continue;
    }
    taken[pivot] = 1;
    const root = Math.sqrt(row[pivot]);
    for (let j = 0; j < n; j++) {
      if (taken[j] && j !== pivot) continue; // 0 but for rounding
      const value = row[j] / root;
      factor[rank * n + j] = value;
      left[j] -= value * value;
    }
    rank++;
  }

  let residual = 0;
  for (let i = 0; i < n; i++) {
    if (taken[i]) continue;
    for (const value of remainingRow(matrix, factor, n, rank, i)) residual = Math.max(residual, Math.abs(value));
  }
  return { factor: { rows: rank, columns: n, data: factor.subarray(0, rank * n) }, residual };
}

/** Row i of S - F'F for the rows of F so far; four of them at a time, so that a sum is read once for four products. */
function remainingRow(matrix: Float64Array, factor: Float64Array, n: number, rank: number, i: number): Float64Array {
  const row = matrix.slice(i * n, (i + 1) * n);
  let k = 0;
  for (; k + 4 <= rank; k += 4) {
    const [a, b, c, d] = [k * n, (k + 1) * n, (k + 2) * n, (k + 3) * n];
    const [p, q, r, s] = [factor[a + i], factor[b + i], factor[c + i], factor[d + i]];
    for (let j = 0; j < n; j++) {
      row[j] -= p * factor[a + j] + q * factor[b + j] + r * factor[c + j] + s * factor[d + j];
    }
  }
  for (; k < rank; k++) {
    const p = factor[k * n + i];
    for (let j = 0; j < n; j++) row[j] -= p * factor[k * n + j];
  }
  return row;
}
