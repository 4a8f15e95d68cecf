import type { Process } from '@diptych/core';
import { cosMapDensity } from '@diptych/core/training';
import { predictionWeight } from './prediction-weight.ts';

/**
 * Stable Diffusion 3's weighting cosmap, as a weight of |D - x0|^2: on the velocity of the flow it stands for noise levels
 * that a cosine schedule would draw.
 *
 *     lambda(sigma) = 2 / (pi (1 - 2 t + 2 t^2)) / c_out(sigma)^2,  t = sigma / (1 + sigma)
 *
 * @see Esser et al., arXiv 2403.03206, section 3.1.
 * @example
 * const objective = denoisingLoss(process, { weight: cosMap(process) });
 */
export function cosMap(process: Process): (sigma: number) => number {
  return predictionWeight(process, (sigma) => cosMapDensity(sigma / (1 + sigma)));
}
