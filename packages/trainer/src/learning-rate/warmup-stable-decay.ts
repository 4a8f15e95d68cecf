import { warmup as warmupFactor } from '@diptych/core';
import type { StepSchedule } from '@diptych/core';
import { check, checkOptions, checkShare, rules } from '@diptych/formats/errors';
import { checkEnd, climbRules, endRules } from './learning-rate.ts';
import type { WarmupOptions } from './learning-rate.ts';

/** What is left of the rate after a share p of the decay: 1 at 0, 0 at 1. */
export type DecayShape = (p: number) => number;

/** A straight line. */
export const linearDecay: DecayShape = (p) => {
  checkShare('linearDecay', { p });
  return 1 - p;
};

/** Falls fast at first: better than the straight line in Hägele et al. 2024. */
export const squareRootDecay: DecayShape = (p) => {
  checkShare('squareRootDecay', { p });
  return 1 - Math.sqrt(p);
};

export interface WarmupStableDecayOptions extends WarmupOptions {
  /** The rate between the warm-up and the decay. */
  rate: number;
  /** Step at which the rate has fallen to `final`, warm-up and decay included. */
  steps: number;
  /** Steps of the decay at the end. Default a fifth of all. */
  decay?: number;
  /** Default 0. */
  final?: number;
  /** Default `squareRootDecay`. */
  shape?: DecayShape;
}

/**
 * Climbs linearly, stays, falls at the end: any checkpoint of the stable part can be trained on for longer, or brought to
 * its end by a decay of its own.
 *
 *     step < warmup:         rate step / warmup
 *     step < steps - decay:  rate
 *     else:                  final + (rate - final) shape(p),  p = (step - (steps - decay)) / decay
 *
 * **Units** steps, not images or epochs.
 *
 * @throws DiptychError if the rate or the final rate is negative, or warm-up and decay do not fit in the steps.
 * @see Hu et al. 2024, MiniCPM, section 4.2, arXiv:2404.06395; Hägele et al. 2024, Scaling Laws and Compute-Optimal Training
 * Beyond Fixed Training Durations, section 3, arXiv:2405.18392
 * @example
 * warmupStableDecay({ rate: 1e-3, warmup: 100, steps: 1000, decay: 200 })(850); // 5e-4
 */
export function warmupStableDecay(options: WarmupStableDecayOptions): StepSchedule {
  const where = 'warmupStableDecay';
  const known = { ...climbRules, ...endRules, decay: rules.nonNegative, shape: rules.callback };
  const {
    rate,
    steps,
    warmup = 0,
    fromZero = false,
    decay = steps / 5,
    final = 0,
    shape = squareRootDecay,
  } = checkOptions(where, options, known);
  checkEnd(where, steps, warmup);
  check(
    decay <= steps - warmup,
    where,
    'decay',
    `a number of steps from 0 to the ${steps - warmup} after the warm-up`,
    decay,
  );
  const factor = warmupFactor({ steps: warmup, fromZero });
  const begin = steps - decay;
  return (step) => {
    if (step >= steps) return final;
    return step < begin ? rate * factor(step) : final + (rate - final) * shape(Math.min(1, (step - begin) / decay));
  };
}
