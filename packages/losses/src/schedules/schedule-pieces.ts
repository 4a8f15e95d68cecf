import { check } from '@diptych/formats/errors';
import type { Schedule } from './schedule.ts';

export interface SchedulePiece {
  /** How long it lasts. */
  steps: number;
  /** Its values, counted from its own step 0. */
  schedule: Schedule;
}

/**
 * Schedules one after the other, the last one for ever. Each counts its steps from its own beginning.
 *
 * @throws DiptychError on a piece of negative length.
 * @example
 * // Frozen for 3 steps, warm-up for 5, then a cosine.
 * schedulePieces(
 *   [{ steps: 3, schedule: constantSchedule(0) }, { steps: 5, schedule: linearRamp({ from: 0, to: 2, steps: 5 }) }],
 *   cosineRamp({ from: 2, to: 0, steps: 100 }),
 * );
 */
export function schedulePieces(pieces: readonly SchedulePiece[], last: Schedule): Schedule {
  for (const { steps } of pieces) check(steps >= 0, 'schedulePieces', 'pieces', 'of a length of at least 0', steps);
  return (step) => {
    let begin = 0;
    for (const { steps, schedule } of pieces) {
      if (step < begin + steps) return schedule(step - begin);
      begin += steps;
    }
    return last(step - begin);
  };
}
