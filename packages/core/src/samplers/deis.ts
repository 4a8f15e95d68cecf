import { check } from '@diptych/formats/errors';
import type { Tensor } from '@tensorflow/tfjs-core';
import { mix } from './mix.ts';
import { checkLowerOrderFinal } from './multistep-options.ts';
import type { Sampler } from '../contracts/sampler.ts';

export interface DeisOptions {
  /** How many noise estimates are combined, 1 to 3. Default 3. */
  order?: 1 | 2 | 3;
  /** In how many of the last steps the order is limited to the steps left. Default 0. */
  lowerOrderFinal?: number;
}

type History = readonly { sigma: number; e: Tensor }[];

/** Integral over sigma, from `from` to `to`, of the Lagrange polynomial in ln sigma that is 1 at sigmas[j] and 0 at the others. */
function coefficient(sigmas: readonly number[], j: number, from: number, to: number): number {
  let polynomial = [1];
  sigmas.forEach((other, k) => {
    if (k === j) return;
    const scale = 1 / Math.log(sigmas[j]! / other);
    polynomial = [0, ...polynomial].map((c, i) => (c - Math.log(other) * (polynomial[i] ?? 0)) * scale);
  });
  // The antiderivative of e^u P(u) is e^u (P - P' + P'' - ...).
  const at = (sigma: number) => {
    if (sigma === 0) return 0;
    const u = Math.log(sigma);
    let [sum, sign, derivative] = [0, 1, polynomial];
    while (derivative.length > 0) {
      sum += sign * derivative.reduceRight((value, c) => value * u + c, 0);
      derivative = derivative.slice(1).map((c, i) => c * (i + 1));
      sign = -sign;
    }
    return sigma * sum;
  };
  return at(to) - at(from);
}

/**
 * DEIS (tAB in log rho): the noise estimate e = (x - D)/sigma as a polynomial in ln sigma through the last evaluations, integrated
 * exactly over sigma. One evaluation a step; the first steps have lower order.
 *
 *     x' = x + sum_j c_j e_j,   c_j = integral from sigma to sigma' of l_j(ln s) ds
 *
 * @throws DiptychError if an option is out of range
 * @see Zhang and Chen 2022, "Fast sampling of diffusion models with exponential integrator", eq. 15 and section 4
 * @example sample(deis(), denoise, { sigmas: exponentialSigmas(15), shape: [8, 32, 32, 3], key: key(0) });
 */
export function deis({ order = 3, lowerOrderFinal = 0 }: DeisOptions = {}): Sampler<History> {
  check([1, 2, 3].includes(order), 'deis', 'order', '1, 2 or 3', order);
  checkLowerOrderFinal('deis', lowerOrderFinal);
  return {
    name: 'deis',
    step(x, denoise, { sigma, sigmaNext, sigmas, index, state = [] }) {
      const denoised = denoise(x, sigma);
      const history = [{ sigma, e: mix([1 / sigma, x], [-1 / sigma, denoised]) }, ...state].slice(0, order);
      const left = sigmas.length - 1 - index;
      const used = left <= lowerOrderFinal ? history.slice(0, left) : history;
      const levels = used.map((past) => past.sigma);
      const parts = used.map(({ e }, j) => [coefficient(levels, j, sigma, sigmaNext), e] as const);
      return { x: mix([1, x], ...parts), denoised, state: history };
    },
  };
}
