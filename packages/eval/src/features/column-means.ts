/** Mean of each column, summed from the first row on as an origin: that of a constant column is the constant itself. */
export function columnMeans(rows: ArrayLike<number>, dims: number): Float64Array {
  const mean = new Float64Array(dims);
  for (let i = 0, d = 0; i < rows.length; i++, d = d + 1 === dims ? 0 : d + 1) mean[d] += rows[i] - rows[d];
  for (let d = 0; d < dims; d++) mean[d] = rows[d] + mean[d] / (rows.length / dims);
  return mean;
}
