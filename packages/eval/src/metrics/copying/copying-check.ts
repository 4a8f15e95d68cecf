import { checkOptions, rules } from '@diptych/formats/errors';
import { quantile } from '@diptych/core/numeric';
import { evalRules } from '../../features/eval-rules.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';
import { nearestNeighborDistance } from './nearest-neighbor-distance.ts';

/** Sets of rows in one space: pixels, or features. */
export interface CopyingCheckOptions {
  samples: FeatureRows;
  /** What the model was trained on. */
  train: FeatureRows;
  /** Real images that it has not seen. */
  heldOut: FeatureRows;
}

/** Distances to the nearest training row, in few numbers. */
export interface DistanceSummary {
  count: number;
  min: number;
  /** 5th, 50th and 95th percentile. */
  p5: number;
  median: number;
  p95: number;
  mean: number;
}

/** What the check found. */
export interface CopyingReport {
  samples: DistanceSummary;
  heldOut: DistanceSummary;
  /**
   * Median distance of the samples over that of unseen images: well below 1 says that the model repeats what it saw. Equal ones
   * are 1, also two of 0.
   */
  ratio: number;
  /** Share of samples that are nearer to a training row than 95 % of the unseen images are: 0.05 is what chance gives. */
  suspicious: number;
}

/**
 * Do samples repeat the training set? Compares their distance to the nearest training row with that of real images which
 * were not trained on.
 *
 * **Shapes** rows [n, dims] of generated, training and held-out images. **Memory** what goes in is left as it is.
 *
 * @throws DiptychError if dims differ, a set is empty, or a number is not finite.
 * @example
 * const { ratio, suspicious } = copyingCheck({ samples, train, heldOut });
 */
export function copyingCheck(options: CopyingCheckOptions): CopyingReport {
  const { samples, train, heldOut } = checkOptions('copyingCheck', options, {
    samples: rules.required(evalRules.rows),
    train: rules.required(evalRules.rows),
    heldOut: rules.required(evalRules.rows),
  });
  const sampled = nearestNeighborDistance(samples, train).distance.sort();
  const unseen = nearestNeighborDistance(heldOut, train).distance.sort();
  const [a, b] = [summary(sampled), summary(unseen)];
  const near = sampled.filter((distance) => distance < b.p5).length;
  return {
    samples: a,
    heldOut: b,
    ratio: a.median === b.median ? 1 : a.median / b.median,
    suspicious: near / sampled.length,
  };
}

function summary(sorted: Float64Array): DistanceSummary {
  return {
    count: sorted.length,
    min: sorted[0],
    p5: quantile(sorted, 0.05),
    median: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
  };
}
