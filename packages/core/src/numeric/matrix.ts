/** A dense matrix of doubles, row-major. */
export interface Matrix {
  rows: number;
  columns: number;
  data: Float64Array;
}
