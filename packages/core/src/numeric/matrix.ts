import { check, checkIndex, type NamedValues } from '@diptych/formats/errors';

/** A dense matrix of doubles, row-major. */
export interface Matrix {
  rows: number;
  columns: number;
  data: Float64Array;
}

/** Each value is a matrix whose data has as many numbers as its rows and columns say. */
export function checkMatrix(where: string, values: NamedValues): void {
  for (const [name, value] of Object.entries(values)) {
    const { rows, columns, data } = (value ?? {}) as Partial<Matrix>;
    checkIndex(where, { [`${name}.rows`]: rows, [`${name}.columns`]: columns });
    checkDoubles(where, `${name}.data`, data, rows! * columns!);
  }
}

/** A Float64Array of so many numbers. */
export function checkDoubles(where: string, name: string, data: unknown, count: number): void {
  check(data instanceof Float64Array && data.length === count, where, name, `a Float64Array of ${count} numbers`, data);
}

/** A square matrix [n, n] and right sides [n, columns], row after row. */
export function checkSystem(where: string, matrix: unknown, right: unknown, n: number): void {
  checkIndex(where, { n });
  checkDoubles(where, 'matrix', matrix, n * n);
  const isWhole = right instanceof Float64Array && (n === 0 ? right.length === 0 : right.length % n === 0);
  check(isWhole, where, 'right', `a Float64Array of ${n} rows`, right);
}
