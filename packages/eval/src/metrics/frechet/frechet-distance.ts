import { largestEntry, multiplyTransposed, pivotedCholesky, singularValues } from '@diptych/core/numeric';
import type { Matrix } from '@diptych/core/numeric';
import { check } from '@diptych/formats/errors';
import { checkRows, checkSameDims, columnMeans } from '../../features/feature-rows.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import { inUnit, unitOf } from '../../features/unit-of.ts';
import { checkMoments, isMoments, moments } from '../../features/moments.ts';
import type { Moments } from '../../features/moments.ts';

/**
 * Fréchet distance (squared Wasserstein-2 distance) of two Gaussians, in float64:
 * |m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2).
 *
 * No matrix root is taken: with S1 = F1'F1 and S2 = F2'F2 the last trace is the sum of the singular values of F1 F2'.
 * That is symmetric, never complex, and as exact for singular covariances as for regular ones. Given rows, fewer than they
 * are long, F is the centered rows over sqrt(n - 1) and no covariance is formed.
 *
 * The distance of two finite samples of ONE distribution is above 0, the more the fewer rows and the more dims: report
 * the counts beside it. Named FID only for features of FID's own network.
 *
 * **Units** those of the features, squared.
 *
 * **Shapes** rows [n, dims] or moments of dims, on either side. **Memory** what goes in is left as it is.
 *
 * @throws DiptychError if dims differ, there are fewer than 2 rows, a number is not finite, or a covariance has a clearly
 * negative eigenvalue.
 * @see Dowson and Landau 1982, The Fréchet distance between multivariate normal distributions, eq. 4
 * @example
 * frechetDistance({ rows: features, dims: 64 }, referenceMoments);
 */
export function frechetDistance(a: FeatureRows | Moments, b: FeatureRows | Moments): number {
  const where = 'frechetDistance';
  checkSameDims(where, { a, b });
  const unit = Math.max(unitFor(a, 'a'), unitFor(b, 'b'));
  const first = gaussian(a, 'a', unit);
  const second = gaussian(b, 'b', unit);

  let means = 0;
  for (let d = 0; d < a.dims; d++) means += (first.mean[d] - second.mean[d]) ** 2;
  const roots = singularValues(multiplyTransposed(first.factor, second.factor));
  const cross = roots.reduce((sum, value) => sum + value, 0);
  return Math.max(0, means + first.trace + second.trace - 2 * cross) * unit * unit;
}

/** Mean, trace of the covariance S, and F with F'F = S. */
interface Gaussian {
  mean: Float64Array;
  trace: number;
  factor: Matrix;
}

function unitFor(value: FeatureRows | Moments, parameter: string): number {
  const where = 'frechetDistance';
  if (isMoments(value)) checkMoments(value, where, parameter);
  else checkRows(value, where, parameter, 2);
  if (!isMoments(value)) return unitOf(value.rows);
  return unitOf([largestEntry(value.mean), Math.sqrt(largestEntry(value.covariance))]);
}

function gaussian(value: FeatureRows | Moments, parameter: string, unit: number): Gaussian {
  const where = 'frechetDistance';
  if (!isMoments(value) && value.rows.length / value.dims < value.dims) return fromFewRows(inUnit(value, unit));

  const { dims, mean, covariance } = isMoments(value) ? momentsInUnit(value, unit) : moments(inUnit(value, unit));
  const { factor, residual } = pivotedCholesky(covariance, dims);
  let trace = 0;
  let largest = 0;
  for (let d = 0; d < dims; d++) {
    trace += covariance[d * dims + d];
    largest = Math.max(largest, Math.abs(covariance[d * dims + d]));
  }
  // Covariances that were summed in float32 have eigenvalues down to about -1e-7 of the largest.
  const sound = residual <= 1e-5 * largest;
  check(sound, where, `${parameter}.covariance`, 'symmetric and positive semidefinite', `a remainder of ${residual}`);
  return { mean, trace, factor };
}

function momentsInUnit(value: Moments, unit: number): Moments {
  if (unit === 1) return value;
  const mean = value.mean.map((entry) => entry / unit);
  return { ...value, mean, covariance: value.covariance.map((entry) => entry / unit / unit) };
}

function fromFewRows({ rows, dims }: FeatureRows): Gaussian {
  const count = rows.length / dims;
  const mean = columnMeans(rows, dims);
  const root = Math.sqrt(count - 1);
  const data = Float64Array.from(rows, (value, i) => (value - mean[i % dims]) / root);
  const trace = data.reduce((sum, value) => sum + value * value, 0);
  return { mean, trace, factor: { rows: count, columns: dims, data } };
}
