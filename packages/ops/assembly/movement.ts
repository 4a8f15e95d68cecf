/** Copies of blocks of bytes. */

/** `outer` blocks, `fromStride` apart in x and `toStride` apart in y. */
export function copyBlocks(outer: i32, bytes: usize, x: usize, fromStride: usize, y: usize, toStride: usize): void {
  for (let i = 0; i < outer; i++, x += fromStride, y += toStride) copy(y, x, bytes);
}

/** Every one of the `outer` blocks of x `times` times in a row. */
export function repeatBlocks(outer: i32, bytes: usize, times: i32, x: usize, y: usize): void {
  for (let i = 0; i < outer; i++, x += bytes) {
    for (let j = 0; j < times; j++, y += bytes) copy(y, x, bytes);
  }
}

/** y [outer, n] = blocks of x [outer, rows] by number. */
export function gatherBlocks(outer: i32, rows: i32, bytes: usize, n: i32, numbers: usize, x: usize, y: usize): void {
  for (let i = 0; i < outer; i++, x += rows * bytes) {
    for (let j = 0; j < n; j++, y += bytes) copy(y, x + load<i32>(numbers + (j << 2)) * bytes, bytes);
  }
}

/** The place of the first of `n` numbers that is not from 0 to rows - 1, or -1. */
export function firstOutside(n: i32, rows: i32, numbers: usize): i32 {
  for (let j = 0; j < n; j++) {
    if (<u32>load<i32>(numbers + (j << 2)) >= <u32>rows) return j;
  }
  return -1;
}

// @inline
function copy(to: usize, from: usize, bytes: usize): void {
  if (bytes >= 1024 || (bytes & 3) != 0) {
    memory.copy(to, from, bytes);
    return;
  }
  for (; bytes >= 16; bytes -= 16, to += 16, from += 16) v128.store(to, v128.load(from));
  for (; bytes > 0; bytes -= 4, to += 4, from += 4) store<u32>(to, load<u32>(from));
}
