import { check } from '@diptych/formats/errors';
import { checkRows } from '../features/check-rows.ts';
import type { FeatureRows } from '../features/feature-rows.ts';
import { StreamingMoments } from './streaming-moments.ts';

/** Mean and covariance of feature rows, in float64. */
export interface Moments {
  /** Number of rows behind them. */
  count: number;
  dims: number;
  /** [dims] */
  mean: Float64Array;
  /** [dims, dims], divided by count - 1. */
  covariance: Float64Array;
}

/**
 * Mean and covariance (divided by n - 1, as every FID implementation does) of feature rows.
 *
 * @throws DiptychError if there are fewer than 2 rows or one holds NaN or infinity (the message names it).
 * @example
 * const { mean, covariance } = moments({ rows: new Float32Array([0, 0, 2, 4]), dims: 2 });
 */
export function moments(features: FeatureRows): Moments {
  checkRows(features, 'moments', 'features', 2);
  return new StreamingMoments(features.dims).add(features).result();
}

/** Whether a value is `Moments` rather than rows. */
export function isMoments(value: FeatureRows | Moments): value is Moments {
  return 'covariance' in value;
}

/** Throws unless moments have the sizes they claim and hold finite numbers. */
export function checkMoments(value: Moments, where: string, parameter: string): void {
  const { dims, mean, covariance } = value;
  check(mean.length === dims, where, `${parameter}.mean`, `of length ${dims}`, mean.length);
  check(covariance.length === dims * dims, where, `${parameter}.covariance`, `${dims}x${dims}`, covariance.length);
  check(mean.every(Number.isFinite), where, `${parameter}.mean`, 'free of NaN and infinity', mean);
  check(covariance.every(Number.isFinite), where, `${parameter}.covariance`, 'free of NaN and infinity', covariance);
}
