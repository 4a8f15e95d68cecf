import { checkOptions, rules } from '@diptych/formats/errors';
import { stochasticRules, type StochasticOptions } from './stochastic-options.ts';

/** What a multistep method extrapolates: the estimate of the data D, or of the noise (x - D)/sigma. */
export type Extrapolates = 'data' | 'noise';

export interface MultistepOptions extends StochasticOptions {
  /** 1, 2 or 3. Default 2. */
  order?: 1 | 2 | 3;
  /**
   * Weight of the corrections: 'midpoint' (order 2 as half of the main term) or 'heun' (the integral of a straight line), both as
   * published, or 'taylor' (the exact integral of the polynomial at every order). Default 'midpoint'.
   */
  correction?: 'midpoint' | 'heun' | 'taylor';
  /** In how many of the last steps the order is limited to the steps left: 1 ends with order 1, 2 with orders 2 and 1. Default 0. */
  lowerOrderFinal?: number;
}

/** What holds for them. */
export const multistepRules = {
  ...stochasticRules,
  order: rules.oneOf(1, 2, 3),
  correction: rules.oneOf('midpoint', 'heun', 'taylor'),
  lowerOrderFinal: rules.index,
} as const;

/** The options with their defaults, each within its range. */
export function checkMultistep(where: string, options: MultistepOptions): Required<MultistepOptions> {
  checkOptions(where, options, multistepRules);
  const { order = 2, eta = 0, noiseScale = 1, correction = 'midpoint', lowerOrderFinal = 0 } = options;
  return { order, eta, noiseScale, correction, lowerOrderFinal };
}

/** What `extrapolates` may be. */
export const extrapolatesRule = rules.oneOf('data', 'noise');
