import { check } from '@diptych/formats/errors';
import type { Schedule } from './schedule.ts';

export interface RampOptions {
  /** Value at step 0. */
  from: number;
  /** Value at and after `steps`. */
  to: number;
  /** Steps on the way; 0 starts at the goal. */
  steps: number;
}

/**
 * A straight line, then constant: warm-up of a loss weight or of a teacher's temperature.
 *
 *     v(s) = from + (to - from) min(s / steps, 1)
 *
 * DINO's teacher temperature reaches `to` one epoch early (`linspace` with both ends): that is `steps` less 1.
 *
 * @throws DiptychError on ends that are not finite or a negative number of steps.
 * @example
 * weightedSum([1, denoising], [linearRamp({ from: 0, to: 0.1, steps: 500 }), distillation]);
 */
export function linearRamp({ from, to, steps }: RampOptions): Schedule {
  checkRamp('linearRamp', { from, to, steps });
  return (step) => (step >= steps ? to : from + (to - from) * (step / steps));
}

/** Two finite ends and a number of steps from 0. */
export function checkRamp(where: string, { from, to, steps }: RampOptions): void {
  check(Number.isFinite(from), where, 'options.from', 'finite', from);
  check(Number.isFinite(to), where, 'options.to', 'finite', to);
  check(steps >= 0 && Number.isFinite(steps), where, 'options.steps', 'finite, at least 0', steps);
}
