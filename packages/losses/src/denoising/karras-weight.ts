import type { Process } from '@diptych/core';
import { predictionWeight } from './prediction-weight.ts';

/**
 * k-diffusion's weighting "karras", as a weight of |D - x0|^2: 1 on what the network predicts. `edm` has it already.
 *
 *     lambda(sigma) = 1 / c_out(sigma)^2
 *
 * @see Karras et al., arXiv 2206.00364, eq. 8.
 * @example
 * const objective = denoisingLoss(process, { weight: karrasWeight(process) });
 */
export function karrasWeight(process: Process): (sigma: number) => number {
  return predictionWeight(process, () => 1);
}
