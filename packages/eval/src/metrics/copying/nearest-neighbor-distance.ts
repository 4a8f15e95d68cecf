import { checkRows, checkSameDims } from '../../features/feature-rows.ts';
import { inUnit, unitOf } from '../../features/unit-of.ts';
import type { FeatureRows } from '../../features/feature-rows.ts';

/** The nearest reference of each query. */
export interface NearestNeighbors {
  /** Euclidean distance, one per query. */
  distance: Float64Array;
  /** Row of the reference, one per query; the first one among equals. */
  index: Uint32Array;
}

/**
 * How far each row is from the nearest row of another set (Euclidean): the raw material of a copying check, where the rows
 * are pixels or features, the queries samples and the reference the training set.
 *
 * Distances are summed in float64 and a row is left as soon as it cannot win.
 *
 * **Shapes** queries [n, dims], reference [m, dims]; one distance and one index for each of the n rows. **Memory** what goes
 * in is left as it is.
 *
 * @throws DiptychError if dims differ, a set is empty, or a number is not finite.
 * @see copyingCheck
 * @example
 * const { distance, index } = nearestNeighborDistance({ rows: samples, dims: 64 }, { rows: train, dims: 64 });
 */
export function nearestNeighborDistance(queries: FeatureRows, reference: FeatureRows): NearestNeighbors {
  const where = 'nearestNeighborDistance';
  checkSameDims(where, { queries, reference });
  const count = checkRows(queries, where, 'queries');
  const candidates = checkRows(reference, where, 'reference');
  const { dims } = queries;
  const unit = unitOf(queries.rows, reference.rows);
  const [asked, known] = [inUnit(queries, unit).rows, inUnit(reference, unit).rows];

  const distance = new Float64Array(count).fill(Infinity);
  const index = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < candidates; j++) {
      const found = squaredDistance(asked, i * dims, known, j * dims, dims, distance[i]);
      if (found < distance[i]) {
        distance[i] = found;
        index[i] = j;
      }
    }
    distance[i] = Math.sqrt(distance[i]) * unit;
  }
  return { distance, index };
}

/** Squared distance of two rows, or anything from `limit` on as soon as it is that far. */
function squaredDistance(
  a: FeatureRows['rows'],
  aAt: number,
  b: FeatureRows['rows'],
  bAt: number,
  dims: number,
  limit: number,
): number {
  let sum = 0;
  for (let from = 0; from < dims && sum < limit; from += 16) {
    const to = Math.min(from + 16, dims);
    for (let d = from; d < to; d++) {
      const difference = a[aAt + d] - b[bAt + d];
      sum += difference * difference;
    }
  }
  return sum;
}
