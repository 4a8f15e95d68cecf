import { singularValues } from '@diptych/core/numeric';
import { checkAllFinite } from '@diptych/formats/errors';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { checkRows } from '../pairwise/feature-matrices.ts';

/**
 * Effective rank of features: how many directions they really use.
 *
 *     exp(-sum_k p_k ln p_k),  p_k = s_k / sum_j s_j + 1e-7,  s the singular values of z
 *
 * Between 1 (one direction) and min(B, D). Take many more samples than dimensions. The mean is not removed, as in the
 * source.
 *
 * **Shapes** z [B, D]. **Memory** Makes no tensors; computes on the host in doubles, about 4 B D min(B, D) operations.
 *
 * @throws DiptychError if z is not [B, D] with B >= 2, or a value is not finite
 * @see Garrido et al. 2023, RankMe, eq. 1, arXiv:2210.02885
 * @example
 * const rank = await rankMe(features); // 1 ... 256
 */
export async function rankMe(z: Tensor2D): Promise<number> {
  checkRows('rankMe', { z });
  const values = await z.data();
  checkAllFinite('rankMe', { z: values });
  const [rows, columns] = z.shape;
  const s = singularValues({ rows, columns, data: Float64Array.from(values) });
  const sum = s.reduce((a, b) => a + b, 0);
  if (sum === 0) return 1;
  const p = s.map((value) => value / sum + 1e-7);
  return Math.exp(-p.reduce((entropy, share) => entropy + share * Math.log(share), 0));
}
