import { check } from '@diptych/formats/errors';
import { checkMatrix, type Matrix } from './matrix.ts';

/**
 * A B' for A [m, k] and B [n, k]: every entry is the dot product of two rows. Works on blocks of four rows by four rows so
 * that a number that is read serves four times.
 *
 * @example
 * const gram = multiplyTransposed(rows, rows);
 */
export function multiplyTransposed(a: Matrix, b: Matrix): Matrix {
  checkMatrix('multiplyTransposed', { a, b });
  check(a.columns === b.columns, 'multiplyTransposed', 'b', `of ${a.columns} columns, as a`, b.columns);
  const { rows: m, columns: k } = a;
  const n = b.rows;
  const product = new Float64Array(m * n);
  for (let j = 0; j < n; j += 4) {
    for (let i = 0; i < m; i += 4) {
      if (i + 4 <= m && j + 4 <= n) block4(product, a.data, b.data, i, j, k, n);
      else edge(product, a.data, b.data, [i, Math.min(i + 4, m)], [j, Math.min(j + 4, n)], k, n);
    }
  }
  return { rows: m, columns: n, data: product };
}

function edge(
  product: Float64Array,
  a: Float64Array,
  b: Float64Array,
  [iFrom, iTo]: readonly [number, number],
  [jFrom, jTo]: readonly [number, number],
  k: number,
  n: number,
): void {
  for (let i = iFrom; i < iTo; i++) {
    for (let j = jFrom; j < jTo; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += a[i * k + l] * b[j * k + l];
      product[i * n + j] = sum;
    }
  }
}

function block4(
  product: Float64Array,
  a: Float64Array,
  b: Float64Array,
  i: number,
  j: number,
  k: number,
  n: number,
): void {
  for (let half = 0; half < 4; half += 2) {
    const a0 = (i + half) * k;
    const a1 = a0 + k;
    const [b0, b1, b2, b3] = [j * k, (j + 1) * k, (j + 2) * k, (j + 3) * k];
    let s00 = 0,
      s01 = 0,
      s02 = 0,
      s03 = 0,
      s10 = 0,
      s11 = 0,
      s12 = 0,
      s13 = 0;
    for (let l = 0; l < k; l++) {
      const [x, y] = [a[a0 + l], a[a1 + l]];
      const p = b[b0 + l];
      const q = b[b1 + l];
      const r = b[b2 + l];
      const t = b[b3 + l];
      s00 += x * p;
      s01 += x * q;
      s02 += x * r;
      s03 += x * t;
      s10 += y * p;
      s11 += y * q;
      s12 += y * r;
      s13 += y * t;
    }
    const at = (i + half) * n + j;
    product.set([s00, s01, s02, s03], at);
    product.set([s10, s11, s12, s13], at + n);
  }
}
