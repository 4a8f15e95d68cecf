import { check } from '@diptych/formats/errors';
import { asMatrix } from '../features/as-matrix.ts';
import { checkRows } from '../features/check-rows.ts';
import type { FeatureRows } from '../features/feature-rows.ts';
import type { Matrix } from '../linear-algebra/matrix.ts';
import { multiplyTransposed } from '../linear-algebra/multiply-transposed.ts';

/** The kernel and the unit. */
export interface GaussianMmdOptions {
  /** Width of the kernel. Default 10. */
  sigma?: number;
  /** Factor of the result. Default 1000. */
  scale?: number;
}

/**
 * Squared maximum mean discrepancy under the Gaussian kernel exp(-|x - y|^2 / (2 sigma^2)), biased (diagonals included), times
 * 1000: CMMD, where the rows are CLIP embeddings of length 1. That network is not part of this package: bring its rows.
 *
 * **Memory** one matrix of kernel values at a time, rows by rows.
 *
 * @throws DiptychError if dims differ, a set is empty, or a number is not finite.
 * @see Jayasumana et al. 2024, Rethinking FID: towards a better evaluation metric for image generation, eq. 3
 * @example
 * const cmmd = gaussianMmd(sampleEmbeddings, realEmbeddings);
 */
export function gaussianMmd(a: FeatureRows, b: FeatureRows, options: GaussianMmdOptions = {}): number {
  const where = 'gaussianMmd';
  const { sigma = 10, scale = 1000 } = options;
  check(a.dims === b.dims, where, 'b.dims', `${a.dims}, that of a`, b.dims);
  check(Number.isFinite(sigma) && sigma > 0, where, 'sigma', 'a positive number', sigma);
  checkRows(a, where, 'a');
  checkRows(b, where, 'b');
  const [x, y] = [asMatrix(a), asMatrix(b)];
  return scale * (meanKernel(x, x, sigma) + meanKernel(y, y, sigma) - 2 * meanKernel(x, y, sigma));
}

function meanKernel(a: Matrix, b: Matrix, sigma: number): number {
  const { data, columns } = multiplyTransposed(a, b);
  const [left, right] = [squaredLengths(a), squaredLengths(b)];
  let sum = 0;
  for (let i = 0; i < data.length; i++) {
    const distance = left[Math.floor(i / columns)] + right[i % columns] - 2 * data[i];
    sum += Math.exp(-distance / (2 * sigma * sigma));
  }
  return sum / data.length;
}

function squaredLengths({ rows, columns, data }: Matrix): Float64Array {
  const lengths = new Float64Array(rows);
  for (let i = 0; i < data.length; i++) lengths[Math.floor(i / columns)] += data[i] * data[i];
  return lengths;
}
