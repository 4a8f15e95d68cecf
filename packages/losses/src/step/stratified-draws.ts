import { foldIn, permutation, split, uniforms } from '@diptych/core';
import { stratified } from '@diptych/core/training';
import type { Key } from '@diptych/core';

/**
 * One uniform draw in each of `count` equal strata of (0, 1), handed to the samples in random order: every sample still
 * sees the whole density over the steps, and the batch's loss varies less than with independent draws.
 *
 *     u_i = (p(i) + v_i) / count,  p a random permutation, v_i uniform in (0, 1)
 *
 * @see Kingma et al., Variational Diffusion Models, arXiv 2107.00630, appendix I.1 (low-discrepancy sampler), for the aim.
 * @example
 * evaluateObjective(objective, { network, batch, key, step, draws: stratifiedDraws });
 */
export function stratifiedDraws(key: Key, count: number, first: number): Float64Array {
  const [order, within] = split(foldIn(key, first));
  const cells = stratified(uniforms(within, count));
  return Float64Array.from(permutation(order, count), (stratum) => cells[stratum] as number);
}
