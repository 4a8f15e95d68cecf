import { check } from '@diptych/formats/errors';

/**
 * Relative width of the profile t^gamma over a training's length.
 *
 *     std = sqrt((gamma + 1) / ((gamma + 2)^2 (gamma + 3)))
 *
 * @throws DiptychError on a negative gamma.
 * @see Karras et al., arXiv 2312.02696, equation 125.
 * @example
 * stdOfExponent(6.94); // 0.09997
 */
export function stdOfExponent(gamma: number): number {
  check(gamma >= 0, 'stdOfExponent', 'gamma', '>= 0', gamma);
  return Math.sqrt((gamma + 1) / ((gamma + 2) ** 2 * (gamma + 3)));
}
