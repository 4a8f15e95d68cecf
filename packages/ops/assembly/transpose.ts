/**
 * y = x with its axes in another order, any rank, elements of four bytes.
 *
 * `plan` holds (size, stride in x, stride in y) as three int32 for each outer axis, strides in bytes; the innermost work is either a
 * contiguous row (last axis kept) or a plane in which the contiguous axes of x and y are swapped in blocks of 4 x 4.
 */
import { transposeFour } from './pack';

/** The last axis stays last: copies rows of `count` elements, for `size` places of the first axis of the plan. */
export function transposeRows(rank: i32, plan: usize, size: i32, x: usize, y: usize, count: i32): void {
  if (rank == 0) {
    copyRow(y, x, count);
    return;
  }
  const fromStride = load<i32>(plan, 4);
  const toStride = load<i32>(plan, 8);
  for (let i = 0; i < size; i++, x += fromStride, y += toStride) {
    if (rank == 1) copyRow(y, x, count);
    else transposeRows(rank - 1, plan + 12, load<i32>(plan, 12), x, y, count);
  }
}

/** As `transposeRows`, of planes: axis i (`rows` long) is contiguous in x and has stride `toRow` in y, axis j the reverse. */
export function transposePlanes(
  rank: i32,
  plan: usize,
  size: i32,
  x: usize,
  y: usize,
  rows: i32,
  toRow: usize,
  columns: i32,
  fromColumn: usize,
): void {
  if (rank == 0) {
    plane(x, y, rows, toRow, columns, fromColumn);
    return;
  }
  const fromStride = load<i32>(plan, 4);
  const toStride = load<i32>(plan, 8);
  // What follows the last axis is not read.
  const next = rank > 1 ? load<i32>(plan, 12) : 1;
  for (let i = 0; i < size; i++, x += fromStride, y += toStride) {
    transposePlanes(rank - 1, plan + 12, next, x, y, rows, toRow, columns, fromColumn);
  }
}

// @inline
function copyRow(to: usize, from: usize, count: i32): void {
  if (count >= 256) {
    memory.copy(to, from, (<usize>count) << 2);
    return;
  }
  for (; count >= 4; count -= 4, to += 16, from += 16) v128.store(to, v128.load(from));
  for (; count > 0; count--, to += 4, from += 4) store<u32>(to, load<u32>(from));
}

function plane(x: usize, y: usize, rows: i32, toRow: usize, columns: i32, fromColumn: usize): void {
  // Blocks of 16 x 16 fill whole cache lines on both sides.
  for (let i0 = 0; i0 < rows; i0 += 16) {
    const rowsHere = min(16, rows - i0);
    for (let j0 = 0; j0 < columns; j0 += 16) {
      block(x + j0 * fromColumn + i0 * 4, y + i0 * toRow + j0 * 4, rowsHere, toRow, min(16, columns - j0), fromColumn);
    }
  }
}

function block(x: usize, y: usize, rows: i32, toRow: usize, columns: i32, fromColumn: usize): void {
  let j = 0;
  for (; j + 4 <= columns; j += 4) {
    let from = x + j * fromColumn;
    let to = y + j * 4;
    let i = 0;
    for (; i + 4 <= rows; i += 4, from += 16, to += 4 * toRow) {
      transposeFour(
        to,
        toRow,
        v128.load(from),
        v128.load(from + fromColumn),
        v128.load(from + 2 * fromColumn),
        v128.load(from + 3 * fromColumn),
      );
    }
    for (; i < rows; i++, from += 4, to += toRow) {
      store<u32>(to, load<u32>(from));
      store<u32>(to, load<u32>(from + fromColumn), 4);
      store<u32>(to, load<u32>(from + 2 * fromColumn), 8);
      store<u32>(to, load<u32>(from + 3 * fromColumn), 12);
    }
  }
  for (; j < columns; j++) {
    let from = x + j * fromColumn;
    let to = y + j * 4;
    for (let i = 0; i < rows; i++, from += 4, to += toRow) store<u32>(to, load<u32>(from));
  }
}
