import { checkOptions, rules } from '@diptych/formats/errors';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Sampler } from '../contracts/sampler.ts';
import { lagrangeIntegrals } from '../numeric/lagrange.ts';
import { linearCombination, noiseEstimate } from './step-arithmetic.ts';

export interface DeisOptions {
  /** How many noise estimates are combined, 1 to 3. Default 3. */
  order?: 1 | 2 | 3;
  /** In how many of the last steps the order is limited to the steps left. Default 0. */
  lowerOrderFinal?: number;
}

type History = readonly { sigma: number; e: Tensor }[];

/**
 * DEIS (tAB in log rho): the noise estimate e = (x - D)/sigma as a polynomial in ln sigma through the last evaluations, integrated
 * exactly over sigma. One evaluation a step; the first steps have lower order.
 *
 *     x' = x + sum_j c_j e_j,   c_j = integral from sigma to sigma' of l_j(ln s) ds
 *
 * **Order** 3 · **Evaluations** 1 a step · **Memory** 3 tensors
 *
 * @throws DiptychError if an option is out of range
 * @see Zhang and Chen 2022, "Fast sampling of diffusion models with exponential integrator", eq. 15 and section 4, arXiv:2204.13902
 * @example
 * sample(deis(), denoise, { sigmas: exponentialSigmas(15), shape: [8, 32, 32, 3], key: key(0) });
 */
export function deis(options: DeisOptions = {}): Sampler<History> {
  const { order = 3, lowerOrderFinal = 0 } = checkOptions('deis', options, {
    order: rules.oneOf(1, 2, 3),
    lowerOrderFinal: rules.index,
  });
  return {
    name: 'deis',
    step(x, denoise, { sigma, sigmaNext, sigmas, index, state = [] }) {
      const denoised = denoise(x, sigma);
      const history = [{ sigma, e: noiseEstimate(x, denoised, sigma) }, ...state].slice(0, order);
      const left = sigmas.length - 1 - index;
      const used = left <= lowerOrderFinal ? history.slice(0, left) : history;
      // With u = ln s the integral over s is that of e^u l_j(u).
      const logs = used.map((past) => Math.log(past.sigma));
      const weights = lagrangeIntegrals(logs, Math.log(sigma), Math.log(sigmaNext), { rate: 1 });
      const parts = used.map(({ e }, j) => [weights[j], e] as const);
      return { x: linearCombination([1, x], ...parts), denoised, state: history };
    },
  };
}
