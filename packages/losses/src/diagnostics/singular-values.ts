/**
 * Singular values of a row-major matrix in double precision, largest first: one-sided Jacobi, which rotates pairs of
 * columns until all are orthogonal; their lengths are the singular values.
 *
 * @see Golub and Van Loan, Matrix Computations, section 8.6.3.
 */
export function singularValues(values: ArrayLike<number>, rows: number, columns: number): number[] {
  // The fewer vectors the fewer pairs: take the rows as vectors if there are fewer of them.
  const [count, length] = columns <= rows ? [columns, rows] : [rows, columns];
  const at = columns <= rows ? (v: number, i: number) => i * columns + v : (v: number, i: number) => v * columns + i;
  const vectors = Array.from({ length: count }, (_, v) => Float64Array.from({ length }, (_, i) => values[at(v, i)]!));
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

  for (let sweep = 0, turned = true; turned && sweep < 60; sweep++) {
    turned = false;
    for (let p = 0; p < count - 1; p++) {
      for (let q = p + 1; q < count; q++) {
        const [a, b] = [vectors[p]!, vectors[q]!];
        const [aa, bb, ab] = [dot(a, a), dot(b, b), dot(a, b)];
        if (Math.abs(ab) <= 1e-14 * Math.sqrt(aa * bb) || ab === 0) continue;
        turned = true;
        const zeta = (bb - aa) / (2 * ab);
        const tangent = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const cosine = 1 / Math.hypot(1, tangent);
        const sine = cosine * tangent;
        for (let i = 0; i < length; i++) {
          const [x, y] = [a[i]!, b[i]!];
          a[i] = cosine * x - sine * y;
          b[i] = sine * x + cosine * y;
        }
      }
    }
  }
  return vectors.map((vector) => Math.sqrt(dot(vector, vector))).sort((a, b) => b - a);
}
