/** Feature vectors of n images, row after row: n = rows.length / dims. */
export interface FeatureRows {
  rows: Float32Array | Float64Array;
  /** Numbers per row. */
  dims: number;
}
