import type { StepSchedule } from '@diptych/core';
import { check, checkNonNegative, checkOptions, rules } from '@diptych/formats/errors';

/**
 * Relative width of the profile t^gamma over a training's length.
 *
 *     std = sqrt((gamma + 1) / ((gamma + 2)^2 (gamma + 3)))
 *
 * @throws DiptychError if gamma is negative.
 * @see Karras et al. 2024, eq. 125, arXiv:2312.02696
 * @example
 * stdOfExponent(6.94); // 0.09997
 */
export function stdOfExponent(gamma: number): number {
  checkNonNegative('stdOfExponent', { gamma });
  return Math.sqrt((gamma + 1) / ((gamma + 2) ** 2 * (gamma + 3)));
}

/**
 * Exponent gamma of the profile t^gamma whose relative width is std: the inverse of `stdOfExponent`.
 *
 * @throws DiptychError if std is not in (0, 0.2887]; wider than gamma = 0 there is none
 * @see Karras et al. 2024, eq. 126 and algorithm 2 (there by roots of the cubic), arXiv:2312.02696
 * @example
 * exponentOfStd(0.1); // 6.937
 */
export function exponentOfStd(std: number): number {
  check(
    typeof std === 'number' && std > 0 && std <= stdOfExponent(0),
    'exponentOfStd',
    'std',
    `in (0, ${stdOfExponent(0)}]`,
    std,
  );
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

/**
 * EDM2's power function average: the weights of step t count like t^gamma, so that the average's width stays the same
 * share of the training however long it lasts, and any other width can be reconstructed afterwards (`posthocEma`).
 *
 *     beta = (1 - 1/t)^(gamma + 1),  t = step + 1
 *
 * The first step copies the weights.
 *
 * @param std Width of the profile relative to the training's length so far; 0.05 and 0.1 are the pair to keep.
 * @throws DiptychError if std is not in (0, 0.2887)
 * @see Karras et al. 2024, eq. 127 and algorithm 2, arXiv:2312.02696
 * @example
 * train({ ...options, ema: { narrow: powerDecay(0.05), wide: powerDecay(0.1) } });
 */
export function powerDecay(std: number): StepSchedule {
  const gamma = exponentOfStd(std);
  return (step) => (step / (step + 1)) ** (gamma + 1);
}

export interface PowerResponseOptions {
  /** Relative width of the profile. */
  std: number;
  /** Time at which the average was taken. */
  at: number;
  /** Times 0 ... length - 1 to show. */
  length: number;
}

/**
 * How much the weights of each time count in a power function average taken at time `at`: t^gamma up to then, 0 after,
 * with sum 1. For plots.
 *
 * @throws DiptychError if the width is outside (0, 0.2887], or the time or the length is not positive.
 * @see Karras et al. 2024, eq. 120, arXiv:2312.02696
 * @example
 * powerResponse({ std: 0.1, at: 20, length: 24 });
 */
export function powerResponse(options: PowerResponseOptions): Float64Array {
  const { std, at, length } = checkOptions('powerResponse', options, {
    std: rules.required(rules.positive),
    at: rules.required(rules.positive),
    length: rules.required(rules.integerIn(1, 1e9)),
  });
  const gamma = exponentOfStd(std);
  const response = Float64Array.from({ length }, (_, t) => (t <= at ? (t / at) ** gamma : 0));
  const sum = response.reduce((total, value) => total + value, 0);
  return response.map((value) => value / sum);
}
