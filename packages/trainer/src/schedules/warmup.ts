import { check } from '@diptych/formats/errors';

export interface WarmupOptions {
  /** Steps over which the rate climbs from 0. Default 0. */
  warmup?: number;
  /**
   * False (default): the first step has rate / warmup, so that it is not wasted. True: the first step has rate 0, as in EDM,
   * EDM2 and diffusers.
   */
  fromZero?: boolean;
}

/** min(1, step / warmup), with steps counted from 1 unless `fromZero`. */
export function warmupFactor(step: number, { warmup = 0, fromZero = false }: WarmupOptions): number {
  return warmup > 0 ? Math.min(1, (step + (fromZero ? 0 : 1)) / warmup) : 1;
}

/** Checks what all schedules share. */
export function checkSchedule(where: string, { rate, warmup = 0 }: WarmupOptions & { rate: number }): void {
  check(rate >= 0 && Number.isFinite(rate), where, 'options.rate', 'finite and >= 0', rate);
  check(warmup >= 0 && Number.isFinite(warmup), where, 'options.warmup', 'a number of steps >= 0', warmup);
}

/** Checks the length of a schedule that ends. */
export function checkLength(where: string, { steps, warmup = 0 }: WarmupOptions & { steps: number }): void {
  check(
    steps > warmup && Number.isFinite(steps),
    where,
    'options.steps',
    `more steps than the warm-up's ${warmup}`,
    steps,
  );
}
