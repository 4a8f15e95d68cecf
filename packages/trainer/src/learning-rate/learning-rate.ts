import type { StepSchedule } from '@diptych/core';
import { check } from '@diptych/formats/errors';

/** A learning rate: one number, or one for every 0-based step, on the host in double precision. */
export type LearningRate = number | StepSchedule;

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

/** Checks what all schedules share. */
export function checkSchedule(where: string, { rate, warmup = 0 }: WarmupOptions & { rate: number }): void {
  check(rate >= 0 && Number.isFinite(rate), where, 'rate', 'finite and >= 0', rate);
  check(warmup >= 0 && Number.isFinite(warmup), where, 'warmup', 'a number of steps >= 0', warmup);
}

/** Checks the length and the end of a schedule that ends. */
export function checkEnd(
  where: string,
  { steps, warmup = 0, final = 0 }: WarmupOptions & { steps: number; final?: number },
): void {
  const rule = `more steps than the warm-up's ${warmup}`;
  check(steps > warmup && Number.isFinite(steps), where, 'steps', rule, steps);
  check(final >= 0 && Number.isFinite(final), where, 'final', 'finite and >= 0', final);
}
