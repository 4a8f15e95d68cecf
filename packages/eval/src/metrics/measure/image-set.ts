import type { Batch } from '@diptych/core';
import type { Dataset } from '@diptych/data';
import type { FeatureRows } from '../../features/feature-rows.ts';
import { isMoments } from '../../features/moments.ts';
import type { Moments } from '../../features/moments.ts';

/** Images in any form: a data set, or batches from anywhere (a folder, a sampler). Batches may differ in size. */
export type ImageSource = Dataset | AsyncIterable<Batch> | Iterable<Batch>;

/** What a network said of a set of images, as far as some metrics need it. */
export interface ImageSummary {
  /** Number of images; NaN if a file of statistics does not say it. */
  count: number;
  /** Rows while they are fewer than dims (there they are exact), moments from then on. */
  gaussian?: FeatureRows | Moments;
  /** All features. */
  rows?: FeatureRows;
  /** Class scores of all images. */
  logits?: FeatureRows;
  /** The same as `gaussian`, of the spatial features. */
  spatial?: FeatureRows | Moments;
}

/** Images in any form, or what is known of them in the network's features. */
export type ImageSet = ImageSource | FeatureRows | Moments | ImageSummary;

/** What is known of a set, or undefined if it is images yet to be looked at. */
export function knownSummary(set: ImageSet): ImageSummary | undefined {
  if ('covariance' in set) return { count: set.count, gaussian: set };
  if ('rows' in set && 'dims' in set) return { count: set.rows.length / set.dims, gaussian: set, rows: set };
  if ('count' in set) return set;
  return undefined;
}

/** Number of rows behind rows or moments. */
export function countOf(set: FeatureRows | Moments): number {
  return isMoments(set) ? set.count : set.rows.length / set.dims;
}
