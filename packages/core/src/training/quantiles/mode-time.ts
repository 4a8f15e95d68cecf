import { check } from '@diptych/formats/errors';

/**
 * A flow time from uniform u with more weight on the middle (scale > 0) or on the ends (scale < 0):
 * t = 1 - u - scale (cos^2(pi u/2) - 1 + u). Falls from 1 to 0 with u.
 *
 * @throws DiptychError if scale is not in [-1, 2/(pi - 2)], where the map is monotone
 * @see Esser et al. 2024, eq. 20
 * @example const sigmaQuantile = (u: number) => flowSchedule().sigma(modeTime(1 - u, 1.29));
 */
export function modeTime(u: number, scale = 1.29): number {
  check(scale >= -1 && scale <= 2 / (Math.PI - 2), 'modeTime', 'scale', 'in [-1, 2/(pi - 2)]', scale);
  return 1 - u - scale * (Math.cos((Math.PI * u) / 2) ** 2 - 1 + u);
}
