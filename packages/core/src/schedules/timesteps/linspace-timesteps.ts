import { checkOptions, rules } from '@diptych/formats/errors';
import { linspace } from '../../numeric/linspace.ts';
import { roundHalfEven } from '../../numeric/round-half-even.ts';
import { checkTimesteps } from './check-timesteps.ts';

export interface LinspaceTimestepsOptions {
  /** Ends at timestep 0, so that its step is one of the n; false leaves 0 out (as DPM-Solver has it). Default true. */
  includeZero?: boolean;
  /** To whole timesteps, halves to even; false for networks that take fractions. Default true. */
  round?: boolean;
}

/**
 * n timesteps of a chain of T, evenly spaced from T - 1, noisiest first. A single one is T - 1.
 *
 * @throws DiptychError if not 1 <= n <= T are integers, and without 0 and rounded n < T
 * @see Lin et al. 2023, table 2, arXiv:2305.08891
 * @example
 * linspaceTimesteps(5); // [999, 749, 500, 250, 0]
 */
export function linspaceTimesteps(n: number, T = 1000, options: LinspaceTimestepsOptions = {}): number[] {
  const { includeZero = true, round = true } = checkOptions('linspaceTimesteps', options, {
    includeZero: rules.flag,
    round: rules.flag,
  });
  // Rounded, n of n + 1 points are distinct only if these lie a whole step apart.
  checkTimesteps('linspaceTimesteps', n, T, includeZero || n === 1 || !round);
  // From the clean end, as the references count, so that halves round the same way.
  const times = includeZero && n > 1 ? linspace(0, T - 1, n) : linspace(0, T - 1, n + 1).slice(1);
  return times.reverse().map((t) => (round ? roundHalfEven(t) : t));
}
