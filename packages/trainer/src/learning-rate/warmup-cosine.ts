import { warmup as warmupFactor } from '@diptych/core';
import type { StepSchedule } from '@diptych/core';
import { checkOptions, rules } from '@diptych/formats/errors';
import { checkEnd, climbRules, endRules } from './learning-rate.ts';
import type { WarmupOptions } from './learning-rate.ts';

export interface WarmupCosineOptions extends WarmupOptions {
  /** The rate at the end of the warm-up. */
  rate: number;
  /** Step at which the rate has fallen to `final`, the warm-up included. */
  steps: number;
  /** Default 0. */
  final?: number;
  /** Periods of the cosine between the warm-up and the end. Default 0.5. */
  cycles?: number;
  /** Go on with the cosine after the end, so that the rate climbs again, as diffusers does. Default false: it stays. */
  periodic?: boolean;
}

/**
 * Climbs linearly, then falls along half a cosine.
 *
 *     step < warmup:  rate step / warmup
 *     else:           final + (rate - final) (1 + cos(2 pi cycles p)) / 2,  p = (step - warmup) / (steps - warmup)
 *
 * Without a warm-up it is PyTorch's `CosineAnnealingLR`.
 *
 * **Units** steps, not images or epochs.
 *
 * @throws DiptychError if a rate is negative, or the end comes before the warm-up's.
 * @see Loshchilov and Hutter 2017, SGDR, eq. 5, arXiv:1608.03983
 * @example
 * train({ ...options, learningRate: warmupCosine({ rate: 1e-3, warmup: 200, steps: 5000 }) });
 */
export function warmupCosine(options: WarmupCosineOptions): StepSchedule {
  const {
    rate,
    steps,
    warmup = 0,
    fromZero = false,
    final = 0,
    cycles = 0.5,
    periodic = false,
  } = checkOptions('warmupCosine', options, {
    ...climbRules,
    ...endRules,
    cycles: rules.nonNegative,
    periodic: rules.flag,
  });
  checkEnd('warmupCosine', steps, warmup);
  const factor = warmupFactor({ steps: warmup, fromZero });
  return (step) => {
    if (step < warmup) return rate * factor(step);
    const progress = (step - warmup) / (steps - warmup);
    const p = periodic ? progress : Math.min(1, progress);
    return final + ((rate - final) * Math.max(0, 1 + Math.cos(2 * Math.PI * cycles * p))) / 2;
  };
}
