import type { Process } from '@diptych/core';
import { predictionWeight } from './prediction-weight.ts';

/**
 * Stable Diffusion 3's weighting sigma-sqrt, as a weight of |D - x0|^2: t^-2 on the velocity of the flow at its time t.
 *
 *     lambda(sigma) = t^-2 / c_out(sigma)^2,  t = sigma / (1 + sigma)
 *
 * @see Esser et al., arXiv 2403.03206, section 3.1.
 * @example
 * const process = scheduledProcess(flowSchedule(), { prediction: predictVelocity });
 * const objective = denoisingLoss(process, { weight: sigmaSqrt(process) });
 */
export function sigmaSqrt(process: Process): (sigma: number) => number {
  return predictionWeight(process, (sigma) => ((1 + sigma) / sigma) ** 2);
}
