import { check, checkCount, checkRule } from '@diptych/formats/errors';
import { evalRules } from './eval-rules.ts';
import type { FeatureRows } from './feature-rows.ts';
import { checkChunk, checkEnough, checkRows } from './feature-rows.ts';

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
export interface LabeledSource extends FeatureSource {
  labels: ArrayLike<number>;
}

/** Rows in memory as a source of one chunk; a source as it is. */
export function asSource(features: FeatureRows | FeatureSource): FeatureSource {
  if ('chunks' in features) return features;
  const { rows, dims } = features;
  return { count: rows.length / dims, dims, chunks: () => [{ rows, dims }] };
}

/** `checkRows` for rows that may come in chunks: one pass over all of them; returns their number. */
export function checkSource(
  features: FeatureRows | FeatureSource,
  where: string,
  parameter: string,
  atLeast = 1,
): number {
  checkRule(where, parameter, evalRules.sized, features);
  if (!('chunks' in features)) return checkRows(features, where, parameter, atLeast);
  const { count, dims } = features;
  checkCount(where, { [`${parameter}.dims`]: dims });
  let seen = 0;
  for (const chunk of features.chunks()) {
    check(chunk.dims === dims, where, `${parameter}.dims`, `${dims} in every chunk`, chunk.dims);
    seen += checkChunk(chunk, where, parameter, seen);
  }
  check(seen === count, where, parameter, `${count} rows, as its count says`, seen);
  checkEnough(where, parameter, count, atLeast);
  return count;
}
