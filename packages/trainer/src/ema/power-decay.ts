import type { DecaySchedule } from './decay.ts';
import { exponentOfStd } from './exponent-of-std.ts';

/**
 * EDM2's power function average: the weights of step t count like t^gamma, so that the average's width stays the same
 * share of the training however long it lasts, and any other width can be reconstructed afterwards (`posthocEma`).
 *
 *     beta = (1 - 1/t)^(gamma + 1),  t = step + 1
 *
 * The first step copies the weights.
 *
 * @param std Width of the profile relative to the training's length so far; 0.05 and 0.1 are the pair to keep.
 * @throws DiptychError unless std is in (0, 0.2887).
 * @see Karras et al., arXiv 2312.02696, equation 127 and algorithm 2.
 * @example
 * train({ ...options, ema: { narrow: powerDecay(0.05), wide: powerDecay(0.1) } });
 */
export function powerDecay(std: number): DecaySchedule {
  const gamma = exponentOfStd(std);
  return (step) => (step / (step + 1)) ** (gamma + 1);
}
