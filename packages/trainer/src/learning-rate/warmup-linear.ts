import type { StepSchedule } from '@diptych/core';
import { polynomialSchedule } from './warmup-polynomial.ts';
import { checkOptions } from '@diptych/formats/errors';
import { climbRules, endRules } from './learning-rate.ts';
import type { WarmupPolynomialOptions } from './warmup-polynomial.ts';

export type WarmupLinearOptions = Omit<WarmupPolynomialOptions, 'power'>;

/**
 * Climbs linearly, falls linearly, stays at the final rate: `warmupPolynomial` of power 1.
 *
 * **Units** steps, not images or epochs.
 *
 * @throws DiptychError if a rate is negative, or the end comes before the warm-up's.
 * @example
 * warmupLinear({ rate: 1e-3, warmup: 100, steps: 1100 })(600); // 5e-4
 */
export function warmupLinear(options: WarmupLinearOptions): StepSchedule {
  return polynomialSchedule('warmupLinear', {
    ...checkOptions('warmupLinear', options, { ...climbRules, ...endRules }),
    power: 1,
  });
}
