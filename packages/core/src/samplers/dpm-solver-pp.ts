import { checkMultistep, type MultistepOptions } from './multistep-options.ts';
import { exponentialMultistep } from './exponential-multistep.ts';
import type { Sampler } from '../contracts/sampler.ts';

export type DpmSolverPPOptions = MultistepOptions;

/**
 * DPM-Solver++ multistep (2M, 3M and their SDEs): D as a polynomial in lambda = -ln sigma, integrated with the exact
 * exponential weights. One evaluation a step. With h = lambda' - lambda and k = h (1 + eta),
 *
 *     x' = e^-k x + (1 - e^-k) D + (corrections from the D before) + sigma' sqrt(1 - e^(-2 eta h)) n
 *
 * eta 0 is the ODE, eta 1 the SDE. The last step to 0 gives D. Order 3 as published has half of Taylor's weight on the
 * second difference, and converges with order 2; with `correction: 'taylor'` it converges with order 3.
 *
 * **Order** 2 · **Evaluations** 1 a step · **Memory** 2 tensors
 *
 * @throws DiptychError if an option is out of range
 * @see Lu et al. 2022, "DPM-Solver++", algorithm 2 and appendix B, arXiv:2211.01095; section 5 for the SDE
 * @example
 * sample(dpmSolverPP({ order: 3 }), denoise, { sigmas: karrasSigmas(20), shape: [8, 32, 32, 3], key: key(0) });
 */
export function dpmSolverPP(options: DpmSolverPPOptions = {}): Sampler {
  return exponentialMultistep({
    name: 'dpmSolverPP',
    extrapolates: 'data',
    ...checkMultistep('dpmSolverPP', options),
  }) as Sampler;
}
