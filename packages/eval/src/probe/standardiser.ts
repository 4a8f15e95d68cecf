import type { FeatureRows } from '../features/feature-rows.ts';

/** Takes rows of one kind to mean 0 and deviation 1, column by column. */
export type Standardiser = (features: FeatureRows) => FeatureRows;

/**
 * Means and deviations (divided by n) of these rows, as a function to apply to these and to others. A column that does not
 * vary beyond its rounding error only loses its mean.
 */
export function standardiser({ rows, dims }: FeatureRows): Standardiser {
  const count = rows.length / dims;
  const mean = new Float64Array(dims);
  const deviation = new Float64Array(dims);
  for (let i = 0; i < rows.length; i++) mean[i % dims] += rows[i] / count;
  for (let i = 0; i < rows.length; i++) deviation[i % dims] += (rows[i] - mean[i % dims]) ** 2 / count;
  for (let d = 0; d < dims; d++) {
    const root = Math.sqrt(deviation[d]);
    deviation[d] = root > 1e-7 * Math.abs(mean[d]) && root > 0 ? root : 1;
  }
  return (other) => ({
    rows: Float64Array.from(other.rows, (value, i) => (value - mean[i % dims]) / deviation[i % dims]),
    dims,
  });
}
