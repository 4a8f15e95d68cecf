import type { StepSchedule } from '@diptych/core';
import { check, type OptionRules, type Rule, rules } from '@diptych/formats/errors';

/** A learning rate: one number, or one for every 0-based step, on the host in double precision. */
export type LearningRate = number | StepSchedule;

export const learningRateRule: Rule = {
  words: 'a finite number >= 0, or a function of the step',
  holds: (value) => rules.nonNegative.holds(value) || rules.callback.holds(value),
};

/** The rate of a step, whichever way it is given. */
export function rateAt(rate: LearningRate, step: number): number {
  return typeof rate === 'number' ? rate : rate(step);
}

export interface WarmupOptions {
  /** Steps over which the rate climbs from 0. Default 0. */
  warmup?: number;
  /**
   * False (default): the first step has rate / warmup, so that it is not wasted. True: the first step has rate 0, as in EDM,
   * EDM2 and diffusers.
   */
  fromZero?: boolean;
}

/** The rules of what all schedules share. */
export const climbRules: OptionRules<WarmupOptions & { rate: number }> = {
  rate: rules.required(rules.nonNegative),
  warmup: rules.nonNegative,
  fromZero: rules.flag,
};

/** The rules of a schedule that ends. */
export const endRules: OptionRules<{ steps: number; final?: number }> = {
  steps: rules.required(rules.positive),
  final: rules.nonNegative,
};

/** Checks that a schedule has steps left after its warm-up. */
export function checkEnd(where: string, steps: number, warmup: number): void {
  check(steps > warmup, where, 'steps', `more steps than the warm-up's ${warmup}`, steps);
}
