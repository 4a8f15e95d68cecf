import { type ChurnOptions, churned } from './churn.ts';
import type { Sampler } from '../contracts/sampler.ts';
import { lerp } from './step-arithmetic.ts';

export type EulerOptions = ChurnOptions;

/**
 * Euler's method on the probability-flow ODE dx/dsigma = (x - D(x; sigma))/sigma:
 *
 *     x' = D + sigma'/sigma (x - D)
 *
 * which is x + (sigma' - sigma) d with d = (x - D)/sigma, exactly D in the step to 0.
 *
 * In these coordinates it is also DDIM with eta 0, DPM-Solver(++) of order 1, and Euler's method on a flow. With `churn`
 * it is the stochastic sampler of EDM without its second-order correction.
 *
 * **Order** 1 · **Evaluations** 1 a step · **Memory** none
 *
 * @throws DiptychError if an option is out of range
 * @see Karras et al. 2022, eq. 1 and algorithm 1 (lines 4 to 8), arXiv:2206.00364; Song et al. 2020, "Denoising diffusion implicit models",
 * eq. 13, arXiv:2010.02502
 * @example
 * const images = await sample(euler(), denoise, { sigmas: karrasSigmas(50), shape: [8, 32, 32, 3], key: key(0) });
 */
export function euler(options: EulerOptions = {}): Sampler {
  const churn = churned('euler', options);
  return {
    name: 'euler',
    step(x, denoise, step) {
      const { xHat, sigmaHat } = churn(x, step);
      const denoised = denoise(xHat, sigmaHat);
      return { x: lerp(denoised, xHat, step.sigmaNext / sigmaHat), denoised };
    },
  };
}
