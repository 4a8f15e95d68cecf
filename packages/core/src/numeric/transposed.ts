import { checkMatrix, type Matrix } from './matrix.ts';

/**
 * The transposed matrix.
 *
 * @example
 * const columns = transposed(rows);
 */
export function transposed(matrix: Matrix): Matrix {
  checkMatrix('transposed', { matrix });
  const { rows, columns, data } = matrix;
  const result = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j];
  return { rows: columns, columns: rows, data: result };
}
