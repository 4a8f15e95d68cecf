import { largestEntry, powerOfTwoNear } from '@diptych/core/numeric';
import type { FeatureRows } from './feature-rows.ts';

/**
 * A power of two to measure these numbers in: 1, unless sums of their squares (or fourth powers) could leave the range of doubles.
 */
export function unitOf(...values: readonly ArrayLike<number>[]): number {
  const largest = values.reduce((most, list) => Math.max(most, largestEntry(list)), 0);
  return largest === 0 || (largest > 1e-60 && largest < 1e60) ? 1 : powerOfTwoNear(largest);
}

/** The rows divided by it. */
export function inUnit(features: FeatureRows, unit: number): FeatureRows {
  if (unit === 1) return features;
  return { rows: Float64Array.from(features.rows, (value) => value / unit), dims: features.dims };
}
