import type { FeatureRows } from '../features/feature-rows.ts';

/**
 * Rows that are read in chunks, again and again and always in the same order, because they need not fit into memory: what
 * fits a probe takes these as well as `FeatureRows`. Reading is synchronous, as the objective of a line search is.
 */
export interface FeatureSource {
  /** Number of rows. */
  readonly count: number;
  /** Numbers per row. */
  readonly dims: number;
  /** All rows from the first to the last. A chunk is valid until the next one is asked for. */
  chunks(): Iterable<FeatureRows>;
}

/** A source with the class of each row. */
export interface LabelledSource extends FeatureSource {
  labels: ArrayLike<number>;
}
