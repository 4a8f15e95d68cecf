import { singularValues } from '@diptych/core/numeric';
import { check } from '@diptych/formats/errors';
import type { Tensor2D } from '@tensorflow/tfjs-core';

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
 * @throws DiptychError when z is no [B, D] with B >= 2, or holds values that are not finite.
 * @see Garrido et al., RankMe, arXiv 2210.02885, eq. 1.
 * @example
 * const rank = await rankMe(features); // 1 ... 256
 */
export async function rankMe(z: Tensor2D): Promise<number> {
  check(z.rank === 2 && z.shape[0] >= 2 && z.size > 0, 'rankMe', 'z', 'of shape [B, D] with B >= 2', z);
  const values = await z.data();
  check(values.every(Number.isFinite), 'rankMe', 'z', 'finite', 'NaN or an infinite value');
  const [rows, columns] = z.shape;
  const s = singularValues({ rows, columns, data: Float64Array.from(values) });
  const sum = s.reduce((a, b) => a + b, 0);
  if (sum === 0) return 1;
  const p = s.map((value) => value / sum + 1e-7);
  return Math.exp(-p.reduce((entropy, share) => entropy + share * Math.log(share), 0));
}
