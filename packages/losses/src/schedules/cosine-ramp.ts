import { checkRamp, type RampOptions } from './linear-ramp.ts';
import type { Schedule } from './schedule.ts';

/**
 * Half a cosine from one value to another, then constant.
 *
 *     v(s) = to + (from - to) (1 + cos(pi min(s / steps, 1))) / 2
 *
 * The end is reached at step `steps`; DINO's stops one step before it.
 *
 * @throws DiptychError on ends that are not finite or a negative number of steps.
 * @see Loshchilov and Hutter, arXiv 1608.03983, eq. 5.
 * @example
 * const weightDecay = cosineRamp({ from: 0.04, to: 0.4, steps: 10000 });
 */
export function cosineRamp({ from, to, steps }: RampOptions): Schedule {
  checkRamp('cosineRamp', { from, to, steps });
  return (step) => (step >= steps ? to : to + ((from - to) * (1 + Math.cos((Math.PI * step) / steps))) / 2);
}
