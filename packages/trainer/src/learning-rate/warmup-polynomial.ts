import { warmup as warmupFactor } from '@diptych/core';
import type { StepSchedule } from '@diptych/core';
import { checkOptions, rules } from '@diptych/formats/errors';
import { checkEnd, climbRules, endRules } from './learning-rate.ts';
import type { WarmupOptions } from './learning-rate.ts';

export interface WarmupPolynomialOptions extends WarmupOptions {
  /** The rate at the end of the warm-up. */
  rate: number;
  /** Step at which the rate has fallen to `final`, the warm-up included. */
  steps: number;
  /** Default 0. */
  final?: number;
  /** 1 falls linearly, 2 like a parabola that lands softly. Default 1. */
  power?: number;
}

/**
 * Climbs linearly, falls like a power of the remaining steps, stays at the final rate.
 *
 *     step < warmup:  rate step / warmup
 *     else:           final + (rate - final) (1 - (step - warmup) / (steps - warmup))^power
 *
 * **Units** steps, not images or epochs.
 *
 * @throws DiptychError if a rate is negative, the end comes before the warm-up's, or the power is not positive.
 * @see `get_polynomial_decay_schedule_with_warmup` of diffusers, whose final rate is 1e-7 unless told otherwise.
 * @example
 * warmupPolynomial({ rate: 1e-3, warmup: 100, steps: 1100, power: 2 })(600); // 2.5e-4
 */
export function warmupPolynomial(options: WarmupPolynomialOptions): StepSchedule {
  const known = { ...climbRules, ...endRules, power: rules.positive };
  return polynomialSchedule('warmupPolynomial', checkOptions('warmupPolynomial', options, known));
}

/** The schedule of options that have been checked. */
export function polynomialSchedule(
  where: string,
  { rate, steps, warmup = 0, fromZero = false, final = 0, power = 1 }: WarmupPolynomialOptions,
): StepSchedule {
  checkEnd(where, steps, warmup);
  const factor = warmupFactor({ steps: warmup, fromZero });
  return (step) => {
    if (step < warmup) return rate * factor(step);
    return final + (rate - final) * Math.max(0, 1 - (step - warmup) / (steps - warmup)) ** power;
  };
}
