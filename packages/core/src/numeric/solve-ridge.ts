import { checkNonNegative } from '@diptych/formats/errors';
import { largestEntry } from './largest-entry.ts';
import { checkSystem } from './matrix.ts';
import { pivotedCholesky } from './pivoted-cholesky.ts';
import { powerOfTwoNear } from './power-of-two-near.ts';
import { choleskySolution, solvePositiveDefinite } from './solve-positive-definite.ts';

/**
 * X with (G + alpha I) X = B for a Gram matrix G = A'A [n, n] and B = A'Y [n, columns], alpha > 0. Where alpha drowns in the rounding of
 * a singular G, the X of least norm: with G = F'F by pivoting and B = F'C, it is F'(F F' + alpha I)^-1 C.
 *
 * **Memory** G and B are not changed.
 *
 * @see Hastie, Tibshirani, Friedman 2009, The Elements of Statistical Learning, eq. 3.44; Golub and Van Loan 2013, section 5.5.1
 * @example
 * const weights = solveRidge(gram, targets, dims, 1e-2);
 */
export function solveRidge(gram: Float64Array, right: Float64Array, n: number, alpha: number): Float64Array {
  checkSystem('solveRidge', gram, right, n);
  checkNonNegative('solveRidge', { alpha });
  const columns = right.length / n;
  const direct = choleskySolution(withAdded(gram, n, alpha), right, n);
  if (direct) return direct;

  const unit = powerOfTwoNear(largestEntry(gram)); // X stays when G, alpha and B are divided by one number
  const { rows: r, data: f } = pivotedCholesky(
    gram.map((value) => value / unit),
    n,
  ).factor;
  const outer = new Float64Array(r * r); // F F'
  const known = new Float64Array(r * columns); // F B
  for (let i = 0; i < r; i++) {
    for (let k = 0; k < n; k++) {
      for (let j = 0; j < r; j++) outer[i * r + j] += f[i * n + k] * f[j * n + k];
      for (let c = 0; c < columns; c++) known[i * columns + c] += f[i * n + k] * (right[k * columns + c] / unit);
    }
  }
  const coefficients = solvePositiveDefinite(outer, known, r);
  const scaled = solvePositiveDefinite(withAdded(outer, r, alpha / unit), coefficients, r);
  const x = new Float64Array(right.length);
  for (let i = 0; i < r; i++) {
    for (let k = 0; k < n; k++) {
      for (let c = 0; c < columns; c++) x[k * columns + c] += f[i * n + k] * scaled[i * columns + c];
    }
  }
  return x;
}

function withAdded(matrix: Float64Array, n: number, alpha: number): Float64Array {
  const sum = matrix.slice();
  for (let i = 0; i < n; i++) sum[i * n + i] += alpha;
  return sum;
}
