/** Learning rate at a 0-based step, on the host in double precision. */
export type RateSchedule = (step: number) => number;

/** A learning rate: one number, or one for every step. */
export type Rate = number | RateSchedule;

/** The rate of a step, whichever way it is given. */
export function rateAt(rate: Rate, step: number): number {
  return typeof rate === 'number' ? rate : rate(step);
}
