import { checkIndex } from '@diptych/formats/errors';
import { foldIn, type Key, permutation, split, uniformArray } from '@diptych/core';
import { checkKey } from '@diptych/core/random';
import { stratified } from '@diptych/core/training';

/** Draws of a density of their own, each with the weight that makes up for it. */
export interface WeightedDraws {
  /** In (0, 1), one for each sample. */
  u: ArrayLike<number>;
  /** 1 / density at u: multiplies the sample's loss, so that its expectation stays the same. */
  weight: ArrayLike<number>;
}

/**
 * Draws the u in (0, 1) that `diffusion.sigmaQuantile` turns into noise levels, one for each of `count` samples. `first` is
 * the position of the first one in a larger logical batch. Draws that prefer some u (importance sampling) say so by
 * weights.
 */
export type NoiseLevelDraws = (key: Key, count: number, first: number) => ArrayLike<number> | WeightedDraws;

/**
 * Independent uniform draws; that of sample i depends on the key and on first + i only, so a batch may be cut anywhere.
 *
 * @example
 * evaluateObjective(objective, { network, batch, key, step, draws: independentDraws }); // the default
 */
export function independentDraws(key: Key, count: number, first: number): Float64Array {
  checkDraws('independentDraws', key, count, first);
  return Float64Array.from({ length: count }, (_, i) => uniformArray(foldIn(key, first + i), 1)[0]);
}

/**
 * One uniform draw in each of `count` equal strata of (0, 1), handed to the samples in random order: every sample still
 * sees the whole density over the steps, and the batch's loss varies less than with independent draws.
 *
 *     u_i = (p(i) + v_i) / count,  p a random permutation, v_i uniform in (0, 1)
 *
 * @see Kingma et al. 2021, Variational Diffusion Models, appendix I.1 (low-discrepancy sampler), for the aim, arXiv:2107.00630
 * @example
 * evaluateObjective(objective, { network, batch, key, step, draws: stratifiedDraws });
 */
export function stratifiedDraws(key: Key, count: number, first: number): Float64Array {
  checkDraws('stratifiedDraws', key, count, first);
  const [order, within] = split(foldIn(key, first));
  const cells = stratified(uniformArray(within, count));
  return Float64Array.from(permutation(order, count), (stratum) => cells[stratum]);
}

function checkDraws(where: string, key: Key, count: number, first: number): void {
  checkKey(where, key);
  checkIndex(where, { count, first });
}
