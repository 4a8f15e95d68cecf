import type { FeatureRows } from './feature-rows.ts';

/** The rows at these positions, in this order. */
export function selectRows({ rows, dims }: FeatureRows, positions: ArrayLike<number>): FeatureRows {
  const Rows = rows instanceof Float32Array ? Float32Array : Float64Array;
  const chosen = new Rows(positions.length * dims);
  for (let i = 0; i < positions.length; i++) {
    chosen.set(rows.subarray(positions[i] * dims, (positions[i] + 1) * dims), i * dims);
  }
  return { rows: chosen, dims };
}
