import { check } from '@diptych/formats/errors';
import { cosineRamp } from './cosine-ramp.ts';
import type { MomentumSchedule } from './momentum-schedule.ts';

export interface CosineMomentumOptions {
  /** Steps over which the momentum rises; it stays at `final` afterwards. */
  steps: number;
  /** Momentum of step 0. Default 0.99, MoCo v3's (0.996 in BYOL and DINO). */
  base?: number;
  /** Momentum at and after `steps`. Default 1. */
  final?: number;
}

/**
 * Momentum that rises along half a cosine.
 *
 *     m(s) = final - (final - base) (1 + cos(pi min(s / steps, 1))) / 2
 *
 * `step` may be fractional. @see MoCo v3, `adjust_moco_momentum`; BYOL, arXiv 2006.07733, section 3.2.
 *
 * @throws DiptychError on momenta outside [0, 1] or steps not above 0.
 * @example
 * momentumTeacher(cosineMomentum({ base: 0.99, steps: 5000 }));
 */
export function cosineMomentum(options: CosineMomentumOptions): MomentumSchedule {
  const { steps, base = 0.99, final = 1 } = options;
  check(steps > 0 && Number.isFinite(steps), 'cosineMomentum', 'options.steps', 'a finite number above 0', steps);
  check(base >= 0 && base <= 1, 'cosineMomentum', 'options.base', 'in [0, 1]', base);
  check(final >= 0 && final <= 1, 'cosineMomentum', 'options.final', 'in [0, 1]', final);
  return cosineRamp({ from: base, to: final, steps });
}
