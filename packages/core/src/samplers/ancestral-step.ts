import { check } from '@diptych/formats/errors';

/**
 * How a stochastic step from one noise level to another is split: down to `down` on the ODE, then up by noise of standard
 * deviation `up`, so that down^2 + up^2 = to^2:
 *
 *     up = min(to, eta sqrt(to^2 (from^2 - to^2)/from^2)),   down = sqrt(to^2 - up^2)
 *
 * eta 0 is the ODE; eta 1 is the posterior of the forward process: DDPM ("fixed small") and DDIM with eta 1.
 *
 * @throws DiptychError if eta is negative or not finite
 * @see Song et al. 2020, eq. 16, in variance-exploding coordinates
 * @example const { down, up } = ancestralStep(2, 1, 1);
 */
export function ancestralStep(from: number, to: number, eta = 1): { down: number; up: number } {
  check(eta >= 0 && eta < Infinity, 'ancestralStep', 'eta', 'finite and >= 0', eta);
  // Without noise a step may also go up (`encode`).
  const up = eta === 0 ? 0 : Math.min(to, eta * to * Math.sqrt(1 - (to / from) ** 2));
  return { down: Math.sqrt(to ** 2 - up ** 2), up };
}
