/** A product whose rows are activated while they are in the cache. */
import { activated } from './activations';
import { panelProduct } from './matmul';

/** Rows that are still in the second cache when the activation reads them. */
const rowsAtOnce: i32 = 240;

/** z = `panelProduct`, y = activation(z) + rest, rest and y so many bytes from z; rest 0 is none. */
export function activatedProduct(
  kind: i32,
  yApart: isize,
  restApart: isize,
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  z: usize,
  zRow: usize,
  bias: usize,
  start: i32,
  scratch: usize,
): void {
  for (let row = 0; row < m; row += rowsAtOnce) {
    const rows = min(rowsAtOnce, m - row);
    const left = a + row * (aColumn == 0 ? k * 4 : aRow);
    const to = z + row * zRow;
    panelProduct(rows, n, k, left, aRow, aColumn, b, to, zRow, bias, start, scratch);
    for (let i = 0; i < rows; i++) {
      const at = to + i * zRow;
      activated(kind, n, at, restApart ? at + restApart : 0, at + yApart);
    }
  }
}
