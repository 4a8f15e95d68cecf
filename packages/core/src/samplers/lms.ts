import { checkOptions, rules } from '@diptych/formats/errors';
import type * as tf from '@tensorflow/tfjs-core';
import { lagrangeIntegrals } from '../numeric/lagrange.ts';
import type { Sampler } from '../contracts/sampler.ts';
import { derivative, linearCombination } from './step-arithmetic.ts';

export interface LmsOptions {
  /** How many derivatives are combined; above 4 seldom helps and is less stable. Default 4. */
  order?: number;
}

type History = readonly { sigma: number; d: tf.Tensor }[];

/**
 * Linear multistep (Adams and Bashforth with any step sizes) on dx/dsigma = (x - D)/sigma: the polynomial through the last
 * derivatives is integrated exactly. One evaluation a step; the first steps have lower order.
 *
 * **Order** 3 · **Evaluations** 1 a step · **Memory** 4 tensors
 *
 * @throws DiptychError if order is not an integer >= 1
 * @see Liu et al. 2022, "Pseudo numerical methods for diffusion models", section 3, arXiv:2202.09778; Hairer et al., section III.5
 * @example
 * sample(lms(), denoise, { sigmas: karrasSigmas(30), shape: [8, 32, 32, 3], key: key(0) });
 */
export function lms(options: LmsOptions = {}): Sampler<History> {
  const { order = 4 } = checkOptions('lms', options, { order: rules.count });
  return {
    name: 'lms',
    step(x, denoise, { sigma, sigmaNext, state = [] }) {
      const denoised = denoise(x, sigma);
      const history = [{ sigma, d: derivative(x, denoised, sigma) }, ...state].slice(0, order);
      const levels = history.map((past) => past.sigma);
      const weights = lagrangeIntegrals(levels, sigma, sigmaNext);
      return {
        x: linearCombination([1, x], ...history.map(({ d }, j) => [weights[j], d] as const)),
        denoised,
        state: history,
      };
    },
  };
}
