import { check } from '@diptych/formats/errors';
import type { Schedule } from './schedule.ts';

/**
 * The same value at every step.
 *
 * @throws DiptychError when it is not finite.
 * @example
 * schedulePieces([{ steps: 500, schedule: constantSchedule(0) }], linearRamp({ from: 0, to: 0.1, steps: 500 }));
 */
export function constantSchedule(value: number): Schedule {
  check(Number.isFinite(value), 'constantSchedule', 'value', 'finite', value);
  return () => value;
}
