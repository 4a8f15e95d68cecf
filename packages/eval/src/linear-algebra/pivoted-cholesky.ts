import type { Matrix } from './matrix.ts';

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
 * **Memory** S is not changed; about three times its size is used.
 *
 * @see Higham 2002, Accuracy and Stability of Numerical Algorithms, section 10.3 (the stopping rule: eq. 10.32)
 */
export function pivotedCholesky(matrix: Float64Array, n: number): PivotedCholesky {
  const left = matrix.slice();
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, left[i * n + i]);
  const threshold = n * Number.EPSILON * largest;
  const factor = new Float64Array(n * n);
  const done = new Uint8Array(n);

  let rank = 0;
  for (; rank < n; rank++) {
    let pivot = -1;
    for (let i = 0; i < n; i++) {
      if (!done[i] && (pivot < 0 || left[i * n + i] > left[pivot * n + pivot])) pivot = i;
    }
    const value = left[pivot * n + pivot];
    if (!(value > threshold)) break;
    done[pivot] = 1;

    const row = factor.subarray(rank * n, (rank + 1) * n);
    const root = Math.sqrt(value);
    for (let j = 0; j < n; j++) row[j] = left[pivot * n + j] / root;
    for (let i = 0; i < n; i++) {
      const f = row[i];
      if (f === 0) continue;
      for (let j = 0, at = i * n; j < n; j++, at++) left[at] -= f * row[j];
    }
    // Exactly zero from here on, so that rounding noise cannot come back into later rows.
    for (let j = 0; j < n; j++) left[pivot * n + j] = left[j * n + pivot] = 0;
  }

  let residual = 0;
  for (const value of left) residual = Math.max(residual, Math.abs(value));
  return { factor: { rows: rank, columns: n, data: factor.subarray(0, rank * n) }, residual };
}
