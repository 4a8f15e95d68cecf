import { check } from '@diptych/formats/errors';
import { checkSystem } from './matrix.ts';

/**
 * X with A X = B for a symmetric positive definite A [n, n] and B [n, columns], by Cholesky's factorisation.
 *
 * **Memory** A and B are not changed.
 *
 * @throws DiptychError if A is not positive definite to working precision
 * @see Golub and Van Loan 2013, Matrix Computations, algorithm 4.2.2
 * @example
 * solvePositiveDefinite(Float64Array.of(4, 0, 0, 2), Float64Array.of(8, 2), 2); // [2, 1]
 */
export function solvePositiveDefinite(matrix: Float64Array, right: Float64Array, n: number): Float64Array {
  checkSystem('solvePositiveDefinite', matrix, right, n);
  const x = choleskySolution(matrix, right, n);
  check(x, 'solvePositiveDefinite', 'matrix', 'positive definite', 'a pivot that is 0 or below');
  return x;
}

/** The same, or undefined if A is not positive definite to working precision. */
export function choleskySolution(matrix: Float64Array, right: Float64Array, n: number): Float64Array | undefined {
  const factor = matrix.slice(); // its lower triangle becomes L with L L' = A
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = factor[i * n + j];
      for (let k = 0; k < j; k++) sum -= factor[i * n + k] * factor[j * n + k];
      if (i === j) {
        if (!(sum > n * Number.EPSILON * matrix[j * n + j])) return undefined;
        factor[j * n + j] = Math.sqrt(sum);
      } else factor[i * n + j] = sum / factor[j * n + j];
    }
  }
  const columns = right.length / n;
  const x = right.slice();
  for (let c = 0; c < columns; c++) {
    for (let i = 0; i < n; i++) {
      let sum = x[i * columns + c];
      for (let k = 0; k < i; k++) sum -= factor[i * n + k] * x[k * columns + c];
      x[i * columns + c] = sum / factor[i * n + i];
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = x[i * columns + c];
      for (let k = i + 1; k < n; k++) sum -= factor[k * n + i] * x[k * columns + c];
      x[i * columns + c] = sum / factor[i * n + i];
    }
  }
  return x;
}
