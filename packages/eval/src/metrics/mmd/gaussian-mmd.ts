import { checkOptions, rules, type OptionRules } from '@diptych/formats/errors';
import { checkRows, checkSameDims } from '../../features/feature-rows.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';

/** The kernel and the unit. */
export interface GaussianMmdOptions {
  /** Width of the kernel. Default 10. */
  sigma?: number;
  /** Factor of the result. Default 1000. */
  scale?: number;
}

export const gaussianMmdRules: OptionRules<GaussianMmdOptions> = { sigma: rules.positive, scale: rules.positive };

/**
 * Squared maximum mean discrepancy under the Gaussian kernel exp(-|x - y|^2 / (2 sigma^2)), biased (diagonals included), times
 * 1000: CMMD, where the rows are CLIP embeddings of length 1. That network is not part of this package: bring its rows.
 *
 * **Shapes** a [m, dims], b [n, dims]. **Memory** none besides the rows.
 *
 * @throws DiptychError if dims differ, a set is empty, or a number is not finite.
 * @see Jayasumana et al. 2024, Rethinking FID: towards a better evaluation metric for image generation, eq. 3, arXiv:2401.09603
 * @example
 * const cmmd = gaussianMmd(sampleEmbeddings, realEmbeddings);
 */
export function gaussianMmd(a: FeatureRows, b: FeatureRows, options: GaussianMmdOptions = {}): number {
  const where = 'gaussianMmd';
  const { sigma = 10, scale = 1000 } = checkOptions(where, options, gaussianMmdRules);
  checkSameDims(where, { a, b });
  checkRows(a, where, 'a');
  checkRows(b, where, 'b');
  const within = meanKernelWithin(a, sigma) + meanKernelWithin(b, sigma);
  return scale * (within - 2 * meanKernel(a, b, sigma));
}

/** Mean over all pairs of one set: those of a row with itself are 1, the others come twice. */
function meanKernelWithin(set: FeatureRows, sigma: number): number {
  const count = set.rows.length / set.dims;
  let sum = 0;
  for (let i = 1; i < count; i++) sum += sumOfKernel(set, i, set, i, sigma);
  return (count + 2 * sum) / count ** 2;
}

function meanKernel(a: FeatureRows, b: FeatureRows, sigma: number): number {
  const [m, n] = [a.rows.length / a.dims, b.rows.length / b.dims];
  let sum = 0;
  for (let i = 0; i < m; i++) sum += sumOfKernel(a, i, b, n, sigma);
  return sum / (m * n);
}

/** Of one row and the first `count` of a set; from the differences, since |x|^2 + |y|^2 - 2 x.y loses the digits of near rows far out. */
function sumOfKernel(a: FeatureRows, row: number, b: FeatureRows, count: number, sigma: number): number {
  const { dims } = a;
  let sum = 0;
  for (let j = 0; j < count; j++) {
    let squared = 0;
    for (let d = 0, p = row * dims, q = j * dims; d < dims; d++, p++, q++) {
      const difference = (a.rows[p] - b.rows[q]) / sigma;
      squared += difference * difference;
    }
    sum += Math.exp(-squared / 2);
  }
  return sum;
}
