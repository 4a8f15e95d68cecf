import { foldIn, permutation } from '@diptych/core';
import type { Key } from '@diptych/core';
import { check, checkAllIntegers, checkOptions, fail, rules } from '@diptych/formats/errors';
import { checkRows, selectRows } from '../../features/feature-rows.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import type { Moments } from '../../features/moments.ts';
import { frechetDistance } from './frechet-distance.ts';
import { keyRule } from '@diptych/core/random';

/** At which numbers of rows the distance is taken. */
export interface FrechetInfinityOptions {
  /** Decides which rows. */
  key: Key;
  /** Numbers of rows. Default: ten, evenly spaced in 1/n from a quarter of the rows to all. */
  counts?: readonly number[];
}

/** The distance extrapolated to infinitely many rows. */
export interface FrechetInfinity {
  /** Intercept of the line: the estimate. */
  value: number;
  /** Slope of the line: the distance at n rows is about value + slope / n. */
  slope: number;
  /** The points that the line goes through. */
  points: { count: number; distance: number }[];
}

/**
 * Fréchet distance extrapolated to infinitely many samples: its bias falls as 1/n, so the distance is taken at several n and a
 * straight line in 1/n is fitted; the value at 1/n = 0 is the estimate. Makes sets of different size comparable.
 *
 * **Shapes** generated [n, dims]; real rows [m, dims] or moments of dims. **Memory** what goes in is left as it is.
 *
 * @throws DiptychError if dims differ, a count is not in 2..n, or all counts are one.
 * @see Chong and Forsyth 2020, Effectively unbiased FID and Inception Score, section 4, arXiv:1911.07023
 * @example
 * const { value } = frechetInfinity(generatedFeatures, realMoments, { key: key(0) });
 */
export function frechetInfinity(
  generated: FeatureRows,
  real: FeatureRows | Moments,
  options: FrechetInfinityOptions,
): FrechetInfinity {
  const where = 'frechetInfinity';
  const { key, counts: given } = checkOptions(where, options, {
    key: rules.required(keyRule),
    counts: rules.list(rules.integerIn(2, Infinity)),
  });
  const count = checkRows(generated, where, 'generated', 8);
  const counts = given ?? evenInInverse(count);
  checkAllIntegers(where, { counts }, 2, count);
  check(new Set(counts).size >= 2, where, 'counts', 'at least two different numbers', counts);

  const points = counts.map((n, i) => {
    const chosen = permutation(foldIn(key, i), count).subarray(0, n);
    return { count: n, distance: frechetDistance(selectRows(generated, chosen), real) };
  });
  const isFinite = points.every(({ distance }) => Number.isFinite(distance));
  if (!isFinite) fail(where, 'the distance of rows of this size leaves the range of doubles');
  const xs = points.map((point) => 1 / point.count);
  const [meanX, meanY] = [mean(xs), mean(points.map((point) => point.distance))];
  const spread = xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, { distance }, i) => sum + (xs[i] - meanX) * (distance - meanY), 0) / spread;
  return { value: meanY - slope * meanX, slope, points };
}

function evenInInverse(count: number): number[] {
  const [from, to] = [4 / count, 1 / count];
  return Array.from({ length: 10 }, (_, i) => Math.round(1 / (from + ((to - from) * i) / 9)));
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
