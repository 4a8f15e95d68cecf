import { check } from '@diptych/formats/errors';
import type { MomentumSchedule } from './momentum-schedule.ts';

/**
 * The same momentum at every step.
 *
 * @throws DiptychError outside [0, 1].
 * @example
 * momentumTeacher(constantMomentum(0.99));
 */
export function constantMomentum(momentum: number): MomentumSchedule {
  check(momentum >= 0 && momentum <= 1, 'constantMomentum', 'momentum', 'in [0, 1]', momentum);
  return () => momentum;
}
