import { solve } from '@diptych/core/numeric';
import { check, checkOptions, checkRule, type OptionRules, rules } from '@diptych/formats/errors';
import { exponentOfStd } from './power-ema.ts';

/** A power function average: when it was taken and how wide it is. */
export interface Profile {
  /** Steps or images since the start, the same unit for all. */
  readonly time: number;
  /** Relative width. */
  readonly std: number;
}

const profileRules: OptionRules<Profile> = {
  time: rules.required(rules.positive),
  std: rules.required(rules.positive),
};

/** Throws unless these are profiles, whatever else they hold. */
export function checkProfiles(where: string, parameter: string, profiles: readonly Profile[]): void {
  checkRule(where, parameter, rules.list(rules.object), profiles);
  profiles.forEach(({ time, std }, i) => checkOptions(where, { time, std }, profileRules, `${parameter}[${i}]`));
}

/**
 * Coefficients that combine stored averages into averages of other widths or times, after the training.
 *
 *     A X = B,  A_ij = <p_i, p_j>,  B_ij = <p_i, q_j>,  each column of X scaled to sum 1
 *
 * with p the profiles of the snapshots and q the wanted ones: the least-squares fit. Host arithmetic in double
 * precision; good to about 1e-16 times the condition number of A, which grows as snapshots get closer.
 *
 * @returns One row for each snapshot, one column for each wanted profile.
 * @throws DiptychError if there are no snapshots, two are equal, or a time is not positive.
 * @see Karras et al. 2024, section 3.2, eq. 149 and algorithm 3, arXiv:2312.02696
 * @example
 * posthocCoefficients([{ time: 1000, std: 0.05 }, { time: 1000, std: 0.1 }], [{ time: 1000, std: 0.075 }]); // [[0.342], [0.658]]
 */
export function posthocCoefficients(snapshots: readonly Profile[], wanted: readonly Profile[]): number[][] {
  const where = 'posthocCoefficients';
  checkProfiles(where, 'snapshots', snapshots);
  checkProfiles(where, 'wanted', wanted);
  check(snapshots.length > 0, where, 'snapshots', 'at least one', snapshots);
  const distinct = new Set(snapshots.map(({ time, std }) => `${time} ${std}`)).size === snapshots.length;
  check(
    distinct,
    where,
    'snapshots',
    'different from each other',
    snapshots.map(({ time, std }) => `${time}:${std}`),
  );
  // In units of the largest time, so that the matrix has entries near 1.
  const unit = Math.max(...snapshots.map(({ time }) => time));
  const [p, q] = [snapshots, wanted].map((profiles) =>
    profiles.map(({ time, std }) => ({ t: time / unit, gamma: exponentOfStd(std) })),
  ) as [Scaled[], Scaled[]];
  const gram = (of: Scaled[]) => p.map((a) => of.map((b) => inner(a, b)));
  const solution = solve(gram(p), gram(q));
  const sums = q.map((_, j) => solution.reduce((sum, row) => sum + row[j], 0));
  return solution.map((row) => row.map((value, j) => value / sums[j]));
}

interface Scaled {
  t: number;
  gamma: number;
}

/** Integral of the product of two profiles (gamma + 1) x^gamma / t^(gamma + 1) on [0, t]. */
function inner(a: Scaled, b: Scaled): number {
  const [early, late] = a.t <= b.t ? [a, b] : [b, a];
  const scale = ((a.gamma + 1) * (b.gamma + 1)) / (a.gamma + b.gamma + 1);
  return (scale * (early.t / late.t) ** late.gamma) / late.t;
}
