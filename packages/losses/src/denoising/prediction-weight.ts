import type { Process } from '@diptych/core';

/**
 * The weight of |D - x0|^2 that amounts to a given weight of |F - F*|^2 on what the network predicts: noise, v, velocity.
 *
 *     lambda(sigma) = w(sigma) / c_out(sigma)^2
 *
 * Weights that papers state for the velocity of a flow at time t become weights at sigma with t = sigma / (1 + sigma).
 *
 * @see Karras et al., arXiv 2206.00364, eq. 8 (lambda c_out^2 is the weight on F).
 * @example
 * // Stable Diffusion 3's weightings, arXiv 2403.03206, section 3.1, on the velocity of `scheduledProcess(flowSchedule(), { prediction: predictVelocity })`:
 * const time = (sigma: number) => sigma / (1 + sigma);
 * denoisingLoss(process, { weight: predictionWeight(process, (sigma) => time(sigma) ** -2) }); // sigma-sqrt
 * denoisingLoss(process, { weight: predictionWeight(process, (sigma) => cosMapDensity(time(sigma))) }); // cosmap
 */
export function predictionWeight(process: Process, weight: (sigma: number) => number): (sigma: number) => number {
  return (sigma) => weight(sigma) / process.precondition(sigma).cOut ** 2;
}
