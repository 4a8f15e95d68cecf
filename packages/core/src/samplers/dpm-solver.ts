import { exponentialMultistep } from './exponential-multistep.ts';
import { checkMultistep, type MultistepOptions } from './multistep-options.ts';
import type { Sampler } from '../contracts/sampler.ts';

export type DpmSolverOptions = MultistepOptions;

/**
 * DPM-Solver multistep: the noise estimate e = (x - D)/sigma as a polynomial in lambda = -ln sigma. One evaluation a step:
 *
 *     x' = x - sigma' (e^h - 1) e - (corrections from the e before)
 *
 * With eta, the SDE: 1 + eta times that, plus noise sigma' sqrt(eta (e^(2h) - 1)). The last step to 0 gives D. Prefer `dpmSolverPP`
 * with guidance. Order 3: see there.
 *
 * **Order** 2 · **Evaluations** 1 a step · **Memory** 2 tensors
 *
 * @throws DiptychError if an option is out of range
 * @see Lu et al. 2022, "DPM-Solver", theorem 3.2, arXiv:2206.00927; "DPM-Solver++", appendix B, arXiv:2211.01095
 * @example
 * sample(dpmSolver(), denoise, { sigmas: exponentialSigmas(20), shape: [8, 32, 32, 3], key: key(0) });
 */
export function dpmSolver(options: DpmSolverOptions = {}): Sampler {
  return exponentialMultistep({
    name: 'dpmSolver',
    extrapolates: 'noise',
    ...checkMultistep('dpmSolver', options),
  }) as Sampler;
}
