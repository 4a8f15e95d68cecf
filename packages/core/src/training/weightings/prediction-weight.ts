import { checkFunction } from '@diptych/formats/errors';
import type { Diffusion } from '../../contracts/diffusion.ts';
import { checkDiffusion } from '../../diffusion/check-diffusion.ts';
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
 * // Stable Diffusion 3's weightings, arXiv 2403.03206, section 3.1, on the velocity of `scheduledDiffusion(flowSchedule(), { prediction: predictVelocity })`:
 * const time = (sigma: number) => sigma / (1 + sigma);
 * denoisingLoss(diffusion, { weight: predictionWeight(diffusion, (sigma) => time(sigma) ** -2) }); // sigma-sqrt
 * denoisingLoss(diffusion, { weight: predictionWeight(diffusion, (sigma) => cosMapDensity(time(sigma))) }); // cosmap
 */
export function predictionWeight(diffusion: Diffusion, weight: (sigma: number) => number): (sigma: number) => number {
  checkFunction('predictionWeight', { weight });
  checkDiffusion('predictionWeight', diffusion);
  return (sigma) => weight(sigma) / diffusion.precondition(sigma).cOut ** 2;
}

/**
 * k-diffusion's weighting "karras", as a weight of |D - x0|^2: 1 on what the network predicts. `edm` has it already.
 *
 *     lambda(sigma) = 1 / c_out(sigma)^2
 *
 * @see Karras et al., arXiv 2206.00364, eq. 8.
 * @example
 * const objective = denoisingLoss(diffusion, { weight: karrasWeight(diffusion) });
 */
export function karrasWeight(diffusion: Diffusion): (sigma: number) => number {
  checkDiffusion('karrasWeight', diffusion);
  return predictionWeight(diffusion, () => 1);
}

/**
 * Stable Diffusion 3's weighting sigma-sqrt, as a weight of |D - x0|^2: t^-2 on the velocity of the flow at its time t.
 *
 *     lambda(sigma) = t^-2 / c_out(sigma)^2,  t = sigma / (1 + sigma)
 *
 * @see Esser et al., arXiv 2403.03206, section 3.1.
 * @example
 * const diffusion = scheduledDiffusion(flowSchedule(), { prediction: predictVelocity });
 * const objective = denoisingLoss(diffusion, { weight: sigmaSqrt(diffusion) });
 */
export function sigmaSqrt(diffusion: Diffusion): (sigma: number) => number {
  checkDiffusion('sigmaSqrt', diffusion);
  return predictionWeight(diffusion, (sigma) => ((1 + sigma) / sigma) ** 2);
}

/**
 * Stable Diffusion 3's weighting cosmap, as a weight of |D - x0|^2: on the velocity of the flow it stands for noise levels
 * that a cosine schedule would draw.
 *
 *     lambda(sigma) = 2 / (pi (1 - 2 t + 2 t^2)) / c_out(sigma)^2,  t = sigma / (1 + sigma)
 *
 * @see Esser et al., arXiv 2403.03206, section 3.1.
 * @example
 * const objective = denoisingLoss(diffusion, { weight: cosMap(diffusion) });
 */
export function cosMap(diffusion: Diffusion): (sigma: number) => number {
  checkDiffusion('cosMap', diffusion);
  return predictionWeight(diffusion, (sigma) => cosMapDensity(sigma / (1 + sigma)));
}
