import { checkRule, type NamedValues, rules } from '@diptych/formats/errors';

/**
 * KL(N(mean1, e^logVar1) || N(mean2, e^logVar2)) of one dimension, nats.
 *
 * @see Ho et al. 2020, eq. 5, arXiv:2006.11239
 * @example
 * normalKl(0, 0, 1, 0); // 0.5
 */
export function normalKl(mean1: number, logVar1: number, mean2: number, logVar2: number): number {
  checkNumber('normalKl', { mean1, logVar1, mean2, logVar2 });
  const ratio = logVar1 === logVar2 ? 0 : logVar1 - logVar2;
  return (excess(ratio) + standardized(mean1 - mean2, logVar2 / 2) ** 2) / 2;
}

/** e^r - 1 - r; near 0 by its series, since the difference would lose the digits of nearly equal variances. */
function excess(r: number): number {
  if (Math.abs(r) > 0.1) return Math.expm1(r) - r;
  let sum = 0;
  for (let n = 12; n > 2; n--) sum = (r / n) * (1 + sum);
  return (r * r * (1 + sum)) / 2;
}

/**
 * ln N(x; mean, e^(2 logScale)) of one dimension, nats.
 *
 * @example
 * gaussianLogDensity(0, 0, 0); // -0.919
 */
export function gaussianLogDensity(x: number, mean: number, logScale: number): number {
  checkNumber('gaussianLogDensity', { x, mean, logScale });
  return -(standardized(x - mean, logScale) ** 2) / 2 - logScale - Math.log(2 * Math.PI) / 2;
}

/** A distance in deviations e^logScale; 0 is 0 in any, also where e^-logScale is no number. */
export const standardized = (distance: number, logScale: number): number =>
  distance === 0 ? 0 : distance * Math.exp(-logScale);

function checkNumber(where: string, values: NamedValues): void {
  for (const [name, value] of Object.entries(values)) checkRule(where, name, rules.number, value);
}
