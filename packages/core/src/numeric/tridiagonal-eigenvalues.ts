import { DiptychError } from '@diptych/formats/errors';

/**
 * Eigenvalues of the symmetric tridiagonal matrix with this diagonal [n] and the entries beside it [n - 1], ascending.
 *
 * Implicit QL with Wilkinson's shift; the error is a few epsilon times the largest eigenvalue.
 *
 * @throws DiptychError if an eigenvalue is not found within 60 sweeps (never seen; NaN in the input would do it)
 * @see Golub and Van Loan 2013, Matrix Computations, section 8.3.3 and algorithm 8.3.2
 */
export function tridiagonalEigenvalues(diagonal: Float64Array, beside: Float64Array): Float64Array {
  const n = diagonal.length;
  // Scaled to entries of at most 1, so that no square vanishes or overflows.
  let scale = 0;
  for (let i = 0; i < n; i++) scale = Math.max(scale, Math.abs(diagonal[i]), i < n - 1 ? Math.abs(beside[i]) : 0);
  if (scale === 0) return new Float64Array(n);
  const d = diagonal.map((value) => value / scale);
  const e = new Float64Array(n);
  for (let i = 0; i < n - 1; i++) e[i] = beside[i] / scale;

  for (let first = 0; first < n; first++) {
    for (let sweep = 0; ; sweep++) {
      let last = first;
      while (last < n - 1 && !negligible(e[last], d[last], d[last + 1])) last++;
      if (last === first) break;
      if (sweep === 60) {
        const rule = 'a matrix whose eigenvalues 60 sweeps find';
        throw new DiptychError({ where: 'tridiagonalEigenvalues', parameter: 'diagonal', rule, value: diagonal });
      }
      sweepOnce(d, e, first, last);
    }
  }
  return d.sort().map((value) => value * scale);
}

function negligible(e: number, above: number, below: number): boolean {
  const size = Math.abs(above) + Math.abs(below);
  return Math.abs(e) <= Number.EPSILON * size || Math.abs(e) <= 0.125 * Number.EPSILON;
}

/** One QL sweep on rows first..last: rotations chase the bulge that the shift makes from the bottom to the top. */
function sweepOnce(d: Float64Array, e: Float64Array, first: number, last: number): void {
  const slope = (d[first + 1] - d[first]) / (2 * e[first]);
  const root = Math.hypot(slope, 1);
  const shift = d[first] - e[first] / (slope + (slope >= 0 ? root : -root));

  let cos = 1;
  let sin = 1;
  let carried = 0;
  let g = d[last] - shift;
  for (let i = last - 1; i >= first; i--) {
    const f = sin * e[i];
    const b = cos * e[i];
    const r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r < 1e-150) {
      e[i + 1] = 0; // below it the squares have lost their digits, and sin and cos would turn by no angle
      // The matrix came apart at i + 1 on the way.
      d[i + 1] -= carried;
      e[last] = 0;
      return;
    }
    sin = f / r;
    cos = g / r;
    const above = d[i + 1] - carried;
    const mixed = (d[i] - above) * sin + 2 * cos * b;
    carried = sin * mixed;
    d[i + 1] = above + carried;
    g = cos * mixed - b;
  }
  d[first] -= carried;
  e[first] = g;
  e[last] = 0;
}
