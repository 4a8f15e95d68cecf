import { multiplyTransposed, singularValues, transposed } from '@diptych/core/numeric';
import { checkRows, asMatrix } from '../features/feature-rows.ts';
import type { FeatureRows } from '../features/feature-rows.ts';
import { centeredAndScaled, centeredColumns, unitRows } from './column-statistics.ts';

/** How many directions a set of features uses. */
export interface FeatureSpectrum {
  /** Descending, of the rows as they are (not centered). */
  singularValues: Float64Array;
  /** exp of the entropy of the singular values over their sum: between 1 and their number. */
  effectiveRank: number;
  /** The same with 1e-7 added to each share. */
  rankMe: number;
  /** (sum of eigenvalues)^2 / sum of squared eigenvalues of the covariance. */
  participationRatio: number;
  /** Deviation of each column of the rows scaled to length 1, averaged: 0 is collapse, about 1 / sqrt(dims) is spread out. */
  normalizedStd: number;
}

/**
 * Effective rank and its relatives: near 1 means that features have collapsed to few directions.
 *
 * **Shapes** rows [n, dims]; at most min(n, dims) singular values. **Memory** copies of the rows in float64, and the Gram
 * matrix of the shorter side.
 *
 * @throws DiptychError if there are fewer than 2 rows or a number is not finite.
 * @see Roy and Vetterli 2007, The effective rank; Garrido et al. 2023, RankMe, eq. 1, arXiv:2210.02885; Gao et al. 2017
 * (participation ratio);
 * Chen and He 2021, SimSiam, section 4.1, arXiv:2011.10566 (deviation of normalized rows)
 * @example
 * const { effectiveRank, normalizedStd } = featureSpectrum({ rows, dims: 64 });
 */
export function featureSpectrum(features: FeatureRows): FeatureSpectrum {
  const count = checkRows(features, 'featureSpectrum', 'features', 2);
  const { dims } = features;
  const values = singularValues(asMatrix(features));
  const total = values.reduce((sum, value) => sum + value, 0);
  const shares = values.map((value) => (total > 0 ? value / total : 0));
  const entropy = (offset: number) =>
    shares.reduce((sum, share) => sum - (share + offset > 0 ? (share + offset) * Math.log(share + offset) : 0), 0);

  const centered = centeredAndScaled(features);
  const gram =
    count < dims
      ? multiplyTransposed(centered, centered)
      : multiplyTransposed(transposed(centered), transposed(centered));
  const trace = centered.data.reduce((sum, value) => sum + value * value, 0);
  const squares = gram.data.reduce((sum, value) => sum + value * value, 0);
  return {
    singularValues: values,
    effectiveRank: Math.exp(entropy(0)),
    rankMe: Math.exp(entropy(1e-7)),
    participationRatio: squares > 0 ? trace ** 2 / squares : 0,
    normalizedStd: meanDeviation(unitRows(features), dims),
  };
}

/** Deviation (divided by n) of each column, averaged over the columns. */
function meanDeviation(rows: Float64Array, dims: number): number {
  const { data, rows: count } = centeredColumns({ rows, dims });
  const variance = new Float64Array(dims);
  data.forEach((value, i) => (variance[i % dims] += (value * value) / count));
  return variance.reduce((sum, value) => sum + Math.sqrt(value), 0) / dims;
}
