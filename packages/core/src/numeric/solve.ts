import { check } from '@diptych/formats/errors';

/**
 * X with A X = B for a small square A and any number of right-hand sides, by Gaussian elimination with partial pivoting.
 *
 * **Shapes** matrix n rows of n numbers, right n rows of m; the result is n rows of m. Neither is changed. Of a singular A the
 * result is not finite. For a symmetric positive definite A use `solvePositiveDefinite`.
 *
 * @see Golub and Van Loan 2013, "Matrix computations", algorithm 3.4.1
 * @example
 * solve([[2, 1], [1, 3]], [[3], [5]]); // [[0.8], [1.4]]
 */
export function solve(matrix: readonly (readonly number[])[], right: readonly (readonly number[])[]): number[][] {
  const isSquare = Array.isArray(matrix) && matrix.every((row) => Array.isArray(row) && row.length === matrix.length);
  check(isSquare, 'solve', 'matrix', 'a square array of rows', matrix);
  const fits = Array.isArray(right) && right.length === matrix.length && right.every((row) => Array.isArray(row));
  check(fits, 'solve', 'right', `an array of ${matrix.length} rows`, right);
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...right[i]]);
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(rows[i][k]) > Math.abs(rows[pivot][k])) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = rows[i][k] / rows[k][k];
      for (let j = k; j < rows[i].length; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  return rows.map((row, k) => row.slice(n).map((value) => value / row[k]));
}
