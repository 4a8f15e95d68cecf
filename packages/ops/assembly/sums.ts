/** Sums of what a product begins at or ends with. */
import { loadFirst, storeFirst } from './simd';

/** y [rows, n] = x [rows, n] + row [n]; a row at address 0 is none. */
export function addRow(rows: i32, n: i32, x: usize, row: usize, y: usize): void {
  const bytes: usize = (<usize>n) << 2;
  if (row == 0) {
    memory.copy(y, x, rows * bytes);
    return;
  }
  for (let i = 0; i < rows; i++, x += bytes, y += bytes) {
    for (let j: i32 = 0; j < n; j += 4) {
      const at: usize = (<usize>j) << 2;
      storeFirst(y + at, f32x4.add(loadFirst(x + at, n - j), loadFirst(row + at, n - j)), n - j);
    }
  }
}

/** y = y + x for `n` numbers. */
export function addTo(n: i32, x: usize, y: usize): void {
  for (; n >= 8; n -= 8, x += 32, y += 32) {
    const a = f32x4.add(v128.load(y), v128.load(x));
    const b = f32x4.add(v128.load(y, 16), v128.load(x, 16));
    v128.store(y, a);
    v128.store(y, b, 16);
  }
  for (; n > 0; n -= 4, x += 16, y += 16) storeFirst(y, f32x4.add(loadFirst(y, n), loadFirst(x, n)), n);
}
