import { warmup as warmupFactor } from '@diptych/core';
import type { StepSchedule } from '@diptych/core';
import { checkOptions } from '@diptych/formats/errors';
import { climbRules } from './learning-rate.ts';
import type { WarmupOptions } from './learning-rate.ts';

export interface WarmupConstantOptions extends WarmupOptions {
  /** The rate after the warm-up. */
  rate: number;
}

/**
 * Climbs linearly, then stays: rate min(1, step / warmup).
 *
 * EDM's ramp over 10 million images in batches of 512 is `{ rate: 1e-3, warmup: 10e6 / 512, fromZero: true }`.
 *
 * **Units** steps, not images or epochs.
 *
 * @throws DiptychError if the rate or the warm-up is negative.
 * @see Karras et al. 2022, appendix F, arXiv:2206.00364
 * @example
 * warmupConstant({ rate: 2e-4, warmup: 1000 })(499); // 1e-4
 */
export function warmupConstant(options: WarmupConstantOptions): StepSchedule {
  const { rate, warmup = 0, fromZero = false } = checkOptions('warmupConstant', options, climbRules);
  const factor = warmupFactor({ steps: warmup, fromZero });
  return (step) => rate * factor(step);
}
