import { checkIn, checkIndex } from '@diptych/formats/errors';
import { checkStochastic, type StochasticOptions } from './stochastic-options.ts';

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

export function checkMultistep(
  where: string,
  { order = 2, eta = 0, noiseScale = 1, correction = 'midpoint', lowerOrderFinal = 0 }: MultistepOptions,
): Required<MultistepOptions> {
  checkStochastic(where, eta, noiseScale);
  checkIn(where, { order }, [1, 2, 3]);
  checkIn(where, { correction }, ['midpoint', 'heun', 'taylor']);
  checkLowerOrderFinal(where, lowerOrderFinal);
  return { order, eta, noiseScale, correction, lowerOrderFinal };
}

/** 'data' or 'noise'. */
export function checkExtrapolates(where: string, extrapolates: Extrapolates): void {
  checkIn(where, { extrapolates }, ['data', 'noise']);
}

/** In how many of the last steps the order falls: a number of steps. */
export function checkLowerOrderFinal(where: string, lowerOrderFinal: number): void {
  checkIndex(where, { lowerOrderFinal });
}
