import { warmup as warmupFactor } from '@diptych/core';
import type { StepSchedule } from '@diptych/core';
import { checkOptions, rules } from '@diptych/formats/errors';
import { climbRules } from './learning-rate.ts';
import type { WarmupOptions } from './learning-rate.ts';

export interface InverseSquareRootOptions extends WarmupOptions {
  /** The rate between the warm-up and the decay. */
  rate: number;
  /** Step at which the decay begins; 0 for none. EDM2's presets: 35,000 to 70,000. */
  decayFrom: number;
}

/**
 * EDM2's schedule, which needs no planned end: climbs linearly, then falls like the inverse square root of the steps.
 *
 *     rate min(1, step / warmup) / sqrt(max(1, step / decayFrom))
 *
 * EDM2 counts images; divide them by the batch: `warmup: 10e6 / 2048`. It also has `fromZero: true`.
 *
 * **Units** steps, not images or epochs.
 *
 * @throws DiptychError if the rate, the warm-up or the start of the decay is negative.
 * @see Karras et al. 2024, Analyzing and Improving the Training Dynamics of Diffusion Models, eq. 67, arXiv:2312.02696
 * @example
 * inverseSquareRoot({ rate: 1e-2, decayFrom: 70_000, warmup: 4883 })(280_000); // 5e-3
 */
export function inverseSquareRoot(options: InverseSquareRootOptions): StepSchedule {
  const {
    rate,
    decayFrom,
    warmup = 0,
    fromZero = false,
  } = checkOptions('inverseSquareRoot', options, { ...climbRules, decayFrom: rules.required(rules.nonNegative) });
  const factor = warmupFactor({ steps: warmup, fromZero });
  return (step) => {
    const slowdown = decayFrom > 0 ? Math.sqrt(Math.max(1, step / decayFrom)) : 1;
    return (rate * factor(step)) / slowdown;
  };
}
