import type { Diffusion } from '../../contracts/diffusion.ts';
import { cosMapDensity } from '../quantiles/flow-times.ts';

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
export function predictionWeight(process: Diffusion, weight: (sigma: number) => number): (sigma: number) => number {
  return (sigma) => weight(sigma) / process.precondition(sigma).cOut ** 2;
}

/**
 * k-diffusion's weighting "karras", as a weight of |D - x0|^2: 1 on what the network predicts. `edm` has it already.
 *
 *     lambda(sigma) = 1 / c_out(sigma)^2
 *
 * @see Karras et al., arXiv 2206.00364, eq. 8.
 * @example
 * const objective = denoisingLoss(process, { weight: karrasWeight(process) });
 */
export function karrasWeight(process: Diffusion): (sigma: number) => number {
  return predictionWeight(process, () => 1);
}

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
export function sigmaSqrt(process: Diffusion): (sigma: number) => number {
  return predictionWeight(process, (sigma) => ((1 + sigma) / sigma) ** 2);
}

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
export function cosMap(process: Diffusion): (sigma: number) => number {
  return predictionWeight(process, (sigma) => cosMapDensity(sigma / (1 + sigma)));
}
