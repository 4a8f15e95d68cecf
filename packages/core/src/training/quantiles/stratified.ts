import { checkIntegerIn, checkNumbers, checkOptions, rules } from '@diptych/formats/errors';

export interface StratifiedOptions {
  /** Which of the workers that share a batch this is. Default 0. */
  group?: number;
  /** Number of workers. Default 1. */
  groups?: number;
}

/**
 * Spreads uniform numbers over the batch, one in each of equal cells: u_i' = (i groups + group + u_i)/(n groups). Every number
 * stays uniform on its own, but the batch covers the noise levels evenly.
 *
 * @throws DiptychError if group is not an integer in 0 .. groups - 1
 * @see Kingma et al. 2021, "Variational diffusion models", appendix I.1, arXiv:2107.00630
 * @example
 * const sigmas = stratified(uniforms(key(0), 64)).map((u) => diffusion.sigmaQuantile(u));
 */
export function stratified(u: ArrayLike<number>, options: StratifiedOptions = {}): number[] {
  const { group = 0, groups = 1 } = checkOptions('stratified', options, { group: rules.index, groups: rules.count });
  checkNumbers('stratified', { u });
  checkIntegerIn('stratified', { group }, [0, groups - 1]);
  return Array.from(u, (ui, i) => (i * groups + group + ui) / (u.length * groups));
}
