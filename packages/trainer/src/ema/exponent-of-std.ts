import { check } from '@diptych/formats/errors';
import { stdOfExponent } from './std-of-exponent.ts';

/**
 * Exponent gamma of the profile t^gamma whose relative width is std: the inverse of `stdOfExponent`.
 *
 * @throws DiptychError unless std is in (0, 0.2887]; wider than gamma = 0 there is none.
 * @see Karras et al., arXiv 2312.02696, equation 126 and algorithm 2 (there by roots of the cubic).
 * @example
 * exponentOfStd(0.1); // 6.937
 */
export function exponentOfStd(std: number): number {
  check(std > 0 && std <= stdOfExponent(0), 'exponentOfStd', 'std', `in (0, ${stdOfExponent(0)}]`, std);
  // (gamma + 2)^2 (gamma + 3) std^2 = gamma + 1, so f below is convex and increasing right of its root, where Newton starts.
  const a = std ** -2;
  let gamma = 1 / std;
  for (let i = 0; i < 100; i++) {
    const f = (gamma + 2) ** 2 * (gamma + 3) - a * (gamma + 1);
    const slope = (gamma + 2) * (3 * gamma + 8) - a;
    const next = Math.max(0, gamma - f / slope);
    if (Math.abs(next - gamma) <= 1e-15 * gamma) return next;
    gamma = next;
  }
  return gamma;
}
