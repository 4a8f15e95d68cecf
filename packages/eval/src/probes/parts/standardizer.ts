import type { FeatureRows } from '../../features/feature-rows.ts';
import { asSource } from '../../features/feature-source.ts';
import type { FeatureSource } from '../../features/feature-source.ts';

/** Takes rows of one kind to mean 0 and deviation 1, column by column. */
export interface Standardizer {
  (features: FeatureRows): FeatureRows;
  /** A source stays one: its chunks are standardized as they are read. */
  (features: FeatureRows | FeatureSource): FeatureRows | FeatureSource;
}

/**
 * Means and deviations (divided by n) of these rows, as a function to apply to these and to others. A column that does not
 * vary beyond its rounding error only loses its mean: that error is 1e-7 of the mean for float32, n epsilon of it for float64.
 */
export function standardizer(features: FeatureRows | FeatureSource): Standardizer {
  const source = asSource(features);
  const { count, dims } = source;
  // Sums are taken from the first row as the origin and squares in units of the largest distance from it: a constant column
  // has deviation 0, and no square leaves the range of doubles.
  let origin: Float64Array | undefined;
  let rounding = count * Number.EPSILON;
  const mean = new Float64Array(dims);
  const reach = new Float64Array(dims);
  const deviation = new Float64Array(dims);
  for (const { rows } of source.chunks()) {
    origin ??= Float64Array.from(rows.subarray(0, dims));
    if (rows instanceof Float32Array) rounding = 1e-7;
    for (let i = 0, d = 0; i < rows.length; i++, d = d + 1 === dims ? 0 : d + 1) {
      const distance = rows[i] - origin[d];
      mean[d] += distance / count;
      reach[d] = Math.max(reach[d], Math.abs(distance));
    }
  }
  for (let d = 0; d < dims; d++) mean[d] += origin![d];
  for (const { rows } of source.chunks()) {
    for (let i = 0, d = 0; i < rows.length; i++, d = d + 1 === dims ? 0 : d + 1) {
      if (reach[d] > 0) deviation[d] += ((rows[i] - mean[d]) / reach[d]) ** 2 / count;
    }
  }
  for (let d = 0; d < dims; d++) {
    const root = Math.sqrt(deviation[d]) * reach[d];
    deviation[d] = root > rounding * Math.abs(mean[d]) && root > 0 ? root : 1;
  }
  const apply = ({ rows }: FeatureRows): FeatureRows => {
    const result = new Float64Array(rows.length);
    for (let i = 0, d = 0; i < rows.length; i++, d = d + 1 === dims ? 0 : d + 1) {
      result[i] = (rows[i] - mean[d]) / deviation[d];
    }
    return { rows: result, dims };
  };
  function standardize(other: FeatureRows): FeatureRows;
  function standardize(other: FeatureRows | FeatureSource): FeatureRows | FeatureSource;
  function standardize(other: FeatureRows | FeatureSource): FeatureRows | FeatureSource {
    if (!('chunks' in other)) return apply(other);
    return {
      count: other.count,
      dims,
      *chunks() {
        for (const chunk of other.chunks()) yield apply(chunk);
      },
    };
  }
  return standardize;
}
