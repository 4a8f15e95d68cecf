import type { FeatureRows } from '../features/feature-rows.ts';
import { asSource } from '../feature-source/as-source.ts';
import type { FeatureSource } from '../feature-source/feature-source.ts';

/** Takes rows of one kind to mean 0 and deviation 1, column by column. */
export interface Standardiser {
  (features: FeatureRows): FeatureRows;
  /** A source stays one: its chunks are standardised as they are read. */
  (features: FeatureRows | FeatureSource): FeatureRows | FeatureSource;
}

/**
 * Means and deviations (divided by n) of these rows, as a function to apply to these and to others. A column that does not
 * vary beyond its rounding error only loses its mean.
 */
export function standardiser(features: FeatureRows | FeatureSource): Standardiser {
  const source = asSource(features);
  const { count, dims } = source;
  const mean = new Float64Array(dims);
  const deviation = new Float64Array(dims);
  for (const { rows } of source.chunks()) {
    for (let i = 0, d = 0; i < rows.length; i++, d = d + 1 === dims ? 0 : d + 1) mean[d] += rows[i] / count;
  }
  for (const { rows } of source.chunks()) {
    for (let i = 0, d = 0; i < rows.length; i++, d = d + 1 === dims ? 0 : d + 1) {
      deviation[d] += (rows[i] - mean[d]) ** 2 / count;
    }
  }
  for (let d = 0; d < dims; d++) {
    const root = Math.sqrt(deviation[d]);
    deviation[d] = root > 1e-7 * Math.abs(mean[d]) && root > 0 ? root : 1;
  }
  const apply = ({ rows }: FeatureRows): FeatureRows => {
    const result = new Float64Array(rows.length);
    for (let i = 0, d = 0; i < rows.length; i++, d = d + 1 === dims ? 0 : d + 1) {
      result[i] = (rows[i] - mean[d]) / deviation[d];
    }
    return { rows: result, dims };
  };
  function standardise(other: FeatureRows): FeatureRows;
  function standardise(other: FeatureRows | FeatureSource): FeatureRows | FeatureSource;
  function standardise(other: FeatureRows | FeatureSource): FeatureRows | FeatureSource {
    if (!('chunks' in other)) return apply(other);
    return {
      count: other.count,
      dims,
      *chunks() {
        for (const chunk of other.chunks()) yield apply(chunk);
      },
    };
  }
  return standardise;
}
