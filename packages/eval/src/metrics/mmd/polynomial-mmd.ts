import { checkOptions, fail, rules } from '@diptych/formats/errors';
import { multiplyTransposed } from '@diptych/core/numeric';
import type { Matrix } from '@diptych/core/numeric';
import { asMatrix, checkRows, checkSameDims } from '../../features/feature-rows.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';

/** Kernel of two rows given their dot product and their length. */
export interface PolynomialKernel {
  /** Default 3. */
  degree?: number;
  /** Factor of the dot product. Default 1 / dims. */
  gamma?: number;
  /** Constant added before the power. Default 1. */
  coef0?: number;
}

/** The three usual estimates of the squared maximum mean discrepancy. */
export interface MmdEstimates {
  /** Without the diagonals within each set: unbiased, may be below 0. */
  unbiased: number;
  /** With the diagonals: never below 0. */
  biased: number;
  /** Also without the diagonal across the sets; only for sets of one size. */
  uStatistic?: number;
}

/**
 * Squared maximum mean discrepancy of two sets under k(x, y) = (gamma x.y + coef0)^degree, in float64:
 * mean k(x, x') + mean k(y, y') - 2 mean k(x, y).
 *
 * **Shapes** a [m, dims], b [n, dims]. **Memory** one matrix of kernel values at a time, rows by rows: for large sets use
 * `kernelDistance`, which works on subsets.
 *
 * @throws DiptychError if dims differ, there are fewer than 2 rows, or a number is not finite.
 * @see Gretton et al. 2012, A kernel two-sample test, eq. 3 (unbiased), 5 (biased), lemma 6 (U-statistic)
 * @example
 * const { unbiased } = polynomialMmd({ rows: x, dims: 64 }, { rows: y, dims: 64 });
 */
export function polynomialMmd(a: FeatureRows, b: FeatureRows, kernel: PolynomialKernel = {}): MmdEstimates {
  const where = 'polynomialMmd';
  checkOptions(where, kernel, { degree: rules.positive, gamma: rules.positive, coef0: rules.nonNegative }, 'kernel');
  checkSameDims(where, { a, b });
  checkRows(a, where, 'a', 2);
  checkRows(b, where, 'b', 2);
  const { degree = 3, gamma = 1 / a.dims, coef0 = 1 } = kernel;
  const value = (dot: number) => (gamma * dot + coef0) ** degree;

  const [x, y] = [asMatrix(a), asMatrix(b)];
  const [within, inside, across] = [sums(x, x, value), sums(y, y, value), sums(x, y, value)];
  const [m, n] = [x.rows, y.rows];
  const off = within.off / (m * (m - 1)) + inside.off / (n * (n - 1));
  const mean = (across.off + across.diagonal) / (m * n);
  const estimates: MmdEstimates = {
    unbiased: off - 2 * mean,
    biased: (within.off + within.diagonal) / m ** 2 + (inside.off + inside.diagonal) / n ** 2 - 2 * mean,
  };
  const isFinite = Number.isFinite(estimates.unbiased) && Number.isFinite(estimates.biased);
  if (!isFinite) fail(where, `the kernel of degree ${degree} of rows of this size leaves the range of doubles`);
  if (m === n) estimates.uStatistic = off - (2 * across.off) / (m * (m - 1));
  return estimates;
}

/** Sums of the kernel over all pairs, those of equal position apart. */
function sums(a: Matrix, b: Matrix, value: (dot: number) => number): { diagonal: number; off: number } {
  const { data, rows, columns } = multiplyTransposed(a, b);
  let diagonal = 0;
  let off = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const k = value(data[i * columns + j]);
      if (i === j) diagonal += k;
      else off += k;
    }
  }
  return { diagonal, off };
}
