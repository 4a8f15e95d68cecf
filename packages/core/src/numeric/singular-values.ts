import { largestEntry } from './largest-entry.ts';
import { checkMatrix, type Matrix } from './matrix.ts';
import { powerOfTwoNear } from './power-of-two-near.ts';
import { transposed } from './transposed.ts';
import { tridiagonalEigenvalues } from './tridiagonal-eigenvalues.ts';

/**
 * Singular values of a matrix, descending, min(rows, columns) of them.
 *
 * Householder reflections from the left and the right make it upper bidiagonal (diagonal d, beside it e); the symmetric
 * tridiagonal matrix with zero diagonal and d1, e1, d2, e2, ... beside it then has the eigenvalues plus and minus the
 * singular values. Nothing is squared, so a value 0 comes out as a few epsilon of the largest, not as its root.
 *
 * **Memory** the matrix is not changed; one copy is made.
 *
 * @see Golub and Kahan 1965, Calculating the singular values and pseudo-inverse of a matrix, sections 2 and 3
 * @example
 * singularValues({ rows: 2, columns: 2, data: Float64Array.of(3, 0, 0, 4) }); // [4, 3]
 */
export function singularValues(matrix: Matrix): Float64Array {
  checkMatrix('singularValues', { matrix });
  const { data, rows: m, columns: n } = matrix.rows >= matrix.columns ? copied(matrix) : transposed(matrix);
  if (n === 0) return new Float64Array(0);
  const largest = largestEntry(data);
  if (largest === 0) return new Float64Array(n);
  const scale = powerOfTwoNear(largest); // so that no square overflows, and those that vanish are nothing beside the largest
  for (let i = 0; i < data.length; i++) data[i] /= scale;

  const { diagonal, beside } = bidiagonal(data, m, n);
  const woven = new Float64Array(2 * n - 1);
  for (let i = 0; i < n; i++) {
    woven[2 * i] = diagonal[i];
    if (i < n - 1) woven[2 * i + 1] = beside[i];
  }
  const plusMinus = tridiagonalEigenvalues(new Float64Array(2 * n), woven);
  return Float64Array.from({ length: n }, (_, i) => scale * Math.max(0, plusMinus[2 * n - 1 - i]));
}

/** A length below it, beside entries of about 1, is 0: its square and the reciprocals of that must stay numbers. */
const NOTHING = 1e-150;

/**
 * Bidiagonal form of data [m, n], m >= n, which is overwritten. One pass over the remaining rows makes a whole step: it
 * applies the reflection from the left (I - v w' in effect), the one from the right, and sums up what the next step's
 * left reflection needs, while a row is in the cache.
 */
function bidiagonal(data: Float64Array, m: number, n: number): { diagonal: Float64Array; beside: Float64Array } {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(Math.max(0, n - 1));
  const v = new Float64Array(m);
  const u = new Float64Array(n);
  const w = new Float64Array(n);
  // x'A for the first column x of A.
  let sums = new Float64Array(n);
  for (let i = 0; i < m; i++) addScaled(sums, data, i * n, data[i * n], 0, n);

  for (let k = 0; k < n; k++) {
    // Left: v = x + sign(x_k) |x| e_k takes column k to a multiple of e_k.
    const head = data[k * n + k];
    const norm = lengthOf(columnNorm2(data, m, n, k));
    const sign = head >= 0 ? 1 : -1;
    diagonal[k] = -sign * norm;
    const scale = norm > 0 ? 1 / (norm * (norm + Math.abs(head))) : 0; // 2 / v'v
    for (let i = k; i < m; i++) v[i] = data[i * n + k];
    v[k] += sign * norm;
    for (let j = k; j < n; j++) w[j] = scale * (sums[j] + sign * norm * data[k * n + j]);

    // Row k after the left reflection, and the right reflection that it calls for.
    let tail2 = 0;
    for (let j = k + 1; j < n; j++) {
      u[j] = data[k * n + j] - v[k] * w[j];
      tail2 += u[j] * u[j];
    }
    let rightScale = 0;
    if (k < n - 1) {
      const tail = lengthOf(tail2);
      const rightSign = u[k + 1] >= 0 ? 1 : -1;
      beside[k] = -rightSign * tail;
      if (tail > 0) rightScale = 1 / (tail * (tail + Math.abs(u[k + 1])));
      u[k + 1] += rightSign * tail;
    }

    const next = new Float64Array(n);
    for (let i = k + 1; i < m; i++) {
      const at = i * n;
      const left = v[i];
      let dot = 0;
      for (let j = k + 1; j < n; j++) {
        const value = data[at + j] - left * w[j];
        data[at + j] = value;
        dot += value * u[j];
      }
      const right = rightScale * dot;
      const x = k + 1 < n ? data[at + k + 1] - right * u[k + 1] : 0;
      for (let j = k + 1; j < n; j++) {
        const value = data[at + j] - right * u[j];
        data[at + j] = value;
        next[j] += x * value;
      }
    }
    sums = next;
  }
  return { diagonal, beside };
}

function lengthOf(square: number): number {
  const length = Math.sqrt(square);
  return length < NOTHING ? 0 : length;
}

function columnNorm2(data: Float64Array, m: number, n: number, k: number): number {
  let sum = 0;
  for (let i = k; i < m; i++) sum += data[i * n + k] * data[i * n + k];
  return sum;
}

function addScaled(sums: Float64Array, data: Float64Array, at: number, factor: number, from: number, to: number): void {
  for (let j = from; j < to; j++) sums[j] += factor * data[at + j];
}

function copied({ rows, columns, data }: Matrix): Matrix {
  return { rows, columns, data: data.slice() };
}
