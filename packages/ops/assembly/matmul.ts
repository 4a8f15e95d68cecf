/**
 * C [m, n] = A [m, k] B [k, n] (+ bias [n] | + C), any strides of A and B, rows of C contiguous.
 *
 * B is packed into panels [k][8] (pack.ts), A into panels [k][6] unless its rows are contiguous, which are then read where they lie; a
 * tile of 6 x 8 results lives in twelve registers while one panel of each streams by. Blocks: `deep` of k (a panel of B in the first
 * cache), `tall` rows of A (second cache), `wide` columns of B. Sums run along k in order, in one chain per block of k.
 */
import { fma, loadFirst, storeFirst } from './simd';
import { rowProduct } from './row-product';
import { packEights, packSixes } from './pack';

const deep: i32 = 512;
const tall: i32 = 120;
const wide: i32 = 1024;

/** How the tile starts. */
export const enum Start {
  Zero = 0,
  Output = 1,
  Bias = 2,
}

/** Bytes of scratch that `matmul` needs: a block of A, a block of B and one tile. */
export function matmulScratch(m: i32, n: i32, k: i32): usize {
  const depth = min(k, deep);
  return (roundUp(min(m, tall), 6) * depth + roundUp(min(n, wide), 8) * depth + 56) << 2;
}

export function roundUp(x: i32, step: i32): i32 {
  return ((x + step - 1) / step) * step;
}

/** `batch` products; the batch strides (bytes) may be 0. `start` is how C begins: zero, as it is, or from bias [n]. */
export function matmul(
  batch: i32,
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aBatch: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bBatch: usize,
  bRow: usize,
  bColumn: usize,
  c: usize,
  cBatch: usize,
  cRow: usize,
  bias: usize,
  start: i32,
  scratch: usize,
): void {
  for (let i = 0; i < batch; i++) {
    product(m, n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow, bias, start, scratch);
    a += aBatch;
    b += bBatch;
    c += cBatch;
  }
}

export function product(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  bColumn: usize,
  c: usize,
  cRow: usize,
  bias: usize,
  start: i32,
  scratch: usize,
): void {
  if (n == 1 && m > 1 && cRow == 4 && start != Start.Bias) {
    // A column is a row of the transposed product.
    rowProduct(m, k, b, bRow, a, aColumn, aRow, c, bias, start);
    return;
  }
  if (m <= 3 && (bColumn == 4 || (bRow == 4 && aColumn == 4))) {
    for (let i = 0; i < m; i++) rowProduct(n, k, a + i * aRow, aColumn, b, bRow, bColumn, c + i * cRow, bias, start);
    return;
  }
  const blocks = max((k + deep - 1) / deep, 1);
  const depth = (k + blocks - 1) / blocks;
  const packedA = scratch + 224;
  const packedB = packedA + ((roundUp(min(m, tall), 6) * depth) << 2);
  for (let column = 0; column < n; column += wide) {
    const columns = min(wide, n - column);
    for (let block = 0; block < blocks; block++) {
      const from = block * depth;
      const count = max(min(depth, k - from), 0);
      packEights(packedB, b + column * bColumn + from * bRow, columns, count, bColumn, bRow);
      const begin = block == 0 ? start : Start.Output;
      for (let row = 0; row < m; row += tall) {
        const rows = min(tall, m - row);
        const at = a + row * aRow + from * aColumn;
        const to = c + row * cRow + (column << 2);
        const first = bias + (column << 2);
        // Rows of A that need no packing; half a panel of columns has a tile of its own, which wants them packed.
        const whole = aColumn == 4 && columns > 4 ? rows - (rows % 6) : 0;
        tilesOfRows(whole, columns, count, at, aRow, packedB, to, cRow, first, begin, scratch);
        packSixes(packedA, at + whole * aRow, rows - whole, count, aRow, aColumn);
        tiles(rows - whole, columns, count, packedA, packedB, to + whole * cRow, cRow, first, begin, scratch);
      }
    }
  }
}

/** All tiles of one block: the panel of B stays in the first cache while the panels of A pass. */
export function tiles(
  rows: i32,
  columns: i32,
  depth: i32,
  a: usize,
  b: usize,
  c: usize,
  cRow: usize,
  bias: usize,
  start: i32,
  scratch: usize,
): void {
  const spare = scratch + 32;
  for (let j = 0; j < columns; j += 8) {
    const width = min(8, columns - j);
    const first = biasOf(bias + (j << 2), width, start, scratch);
    for (let i = 0; i < rows; i += 6) {
      const height = min(6, rows - i);
      const panelA = a + i * depth * 4;
      const panelB = b + j * depth * 4;
      const target = c + i * cRow + (j << 2);
      if (height == 6 && width == 8) {
        tile(depth, panelA, panelB, target, cRow, first, start);
      } else {
        if (start == Start.Output) copyTile(spare, 32, target, cRow, height, width);
        if (width > 4) tile(depth, panelA, panelB, spare, 32, first, start);
        else halfTile(depth, panelA, panelB, spare, 32, first, start);
        copyTile(target, cRow, spare, 32, height, width);
      }
    }
  }
}

/** Eight numbers of the bias, the missing ones zero: a tile reads all of them. */
function biasOf(bias: usize, width: i32, start: i32, spare: usize): usize {
  if (start != Start.Bias || width == 8) return bias;
  storeFirst(spare, loadFirst(bias, width), 4);
  if (width > 4) storeFirst(spare + 16, loadFirst(bias + 16, width - 4), 4);
  return spare;
}

/** As `tiles`, for whole sixes of rows of A as they lie, `aRow` apart. */
function tilesOfRows(
  rows: i32,
  columns: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  b: usize,
  c: usize,
  cRow: usize,
  bias: usize,
  start: i32,
  scratch: usize,
): void {
  const spare = scratch + 32;
  for (let j = 0; j < columns; j += 8) {
    const width = min(8, columns - j);
    const first = biasOf(bias + (j << 2), width, start, scratch);
    const panelB = b + j * depth * 4;
    for (let i = 0; i < rows; i += 6) {
      const from = a + i * aRow;
      const target = c + i * cRow + (j << 2);
      if (width == 8) {
        tileOfRows(depth, from, aRow, panelB, target, cRow, first, start);
      } else {
        if (start == Start.Output) copyTile(spare, 32, target, cRow, 6, width);
        tileOfRows(depth, from, aRow, panelB, spare, 32, first, start);
        copyTile(target, cRow, spare, 32, 6, width);
      }
    }
  }
}

function copyTile(to: usize, toRow: usize, from: usize, fromRow: usize, height: i32, width: i32): void {
  for (let i = 0; i < height; i++, to += toRow, from += fromRow) {
    storeFirst(to, loadFirst(from, width), width);
    if (width > 4) storeFirst(to + 16, loadFirst(from + 16, width - 4), width - 4);
  }
}

/** C [6, 8] = start + A panel [depth][6] times B panel [depth][8]. */
export function tile(depth: i32, a: usize, b: usize, c: usize, cRow: usize, bias: usize, start: i32): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0);
  let c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0);
  let c51 = f32x4.splat(0);
  if (start == Start.Output) {
    let row = c;
    c00 = v128.load(row);
    c01 = v128.load(row, 16);
    row += cRow;
    c10 = v128.load(row);
    c11 = v128.load(row, 16);
    row += cRow;
    c20 = v128.load(row);
    c21 = v128.load(row, 16);
    row += cRow;
    c30 = v128.load(row);
    c31 = v128.load(row, 16);
    row += cRow;
    c40 = v128.load(row);
    c41 = v128.load(row, 16);
    row += cRow;
    c50 = v128.load(row);
    c51 = v128.load(row, 16);
  } else if (start == Start.Bias) {
    c00 = v128.load(bias);
    c01 = v128.load(bias, 16);
    c10 = c00;
    c11 = c01;
    c20 = c00;
    c21 = c01;
    c30 = c00;
    c31 = c01;
    c40 = c00;
    c41 = c01;
    c50 = c00;
    c51 = c01;
  }
  for (; depth > 0; depth--) {
    let b0 = v128.load(b);
    let b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a);
    c00 = fma(x, b0, c00);
    c01 = fma(x, b1, c01);
    x = v128.load_splat<f32>(a, 4);
    c10 = fma(x, b0, c10);
    c11 = fma(x, b1, c11);
    x = v128.load_splat<f32>(a, 8);
    c20 = fma(x, b0, c20);
    c21 = fma(x, b1, c21);
    x = v128.load_splat<f32>(a, 12);
    c30 = fma(x, b0, c30);
    c31 = fma(x, b1, c31);
    x = v128.load_splat<f32>(a, 16);
    c40 = fma(x, b0, c40);
    c41 = fma(x, b1, c41);
    x = v128.load_splat<f32>(a, 20);
    c50 = fma(x, b0, c50);
    c51 = fma(x, b1, c51);
    a += 24;
    b += 32;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += cRow;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += cRow;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += cRow;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += cRow;
  v128.store(c, c40);
  v128.store(c, c41, 16);
  c += cRow;
  v128.store(c, c50);
  v128.store(c, c51, 16);
}

/** As `tile`, with six rows of A as they lie. */
function tileOfRows(depth: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, bias: usize, start: i32): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0);
  let c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0);
  let c51 = f32x4.splat(0);
  if (start == Start.Output) {
    let row = c;
    c00 = v128.load(row);
    c01 = v128.load(row, 16);
    row += cRow;
    c10 = v128.load(row);
    c11 = v128.load(row, 16);
    row += cRow;
    c20 = v128.load(row);
    c21 = v128.load(row, 16);
    row += cRow;
    c30 = v128.load(row);
    c31 = v128.load(row, 16);
    row += cRow;
    c40 = v128.load(row);
    c41 = v128.load(row, 16);
    row += cRow;
    c50 = v128.load(row);
    c51 = v128.load(row, 16);
  } else if (start == Start.Bias) {
    c00 = v128.load(bias);
    c01 = v128.load(bias, 16);
    c10 = c00;
    c11 = c01;
    c20 = c00;
    c21 = c01;
    c30 = c00;
    c31 = c01;
    c40 = c00;
    c41 = c01;
    c50 = c00;
    c51 = c01;
  }
  let a1 = a + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  let a4 = a3 + aRow;
  let a5 = a4 + aRow;
  for (; depth > 0; depth--) {
    let b0 = v128.load(b);
    let b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a);
    c00 = fma(x, b0, c00);
    c01 = fma(x, b1, c01);
    x = v128.load_splat<f32>(a1);
    c10 = fma(x, b0, c10);
    c11 = fma(x, b1, c11);
    x = v128.load_splat<f32>(a2);
    c20 = fma(x, b0, c20);
    c21 = fma(x, b1, c21);
    x = v128.load_splat<f32>(a3);
    c30 = fma(x, b0, c30);
    c31 = fma(x, b1, c31);
    x = v128.load_splat<f32>(a4);
    c40 = fma(x, b0, c40);
    c41 = fma(x, b1, c41);
    x = v128.load_splat<f32>(a5);
    c50 = fma(x, b0, c50);
    c51 = fma(x, b1, c51);
    a += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    a4 += 4;
    a5 += 4;
    b += 32;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += cRow;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += cRow;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += cRow;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += cRow;
  v128.store(c, c40);
  v128.store(c, c41, 16);
  c += cRow;
  v128.store(c, c50);
  v128.store(c, c51, 16);
}

/** The left half of `tile`: C [6, 4]. */
export function halfTile(depth: i32, a: usize, b: usize, c: usize, cRow: usize, bias: usize, start: i32): void {
  let c00 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c40 = f32x4.splat(0);
  let c50 = f32x4.splat(0);
  if (start == Start.Output) {
    let row = c;
    c00 = v128.load(row);
    row += cRow;
    c10 = v128.load(row);
    row += cRow;
    c20 = v128.load(row);
    row += cRow;
    c30 = v128.load(row);
    row += cRow;
    c40 = v128.load(row);
    row += cRow;
    c50 = v128.load(row);
  } else if (start == Start.Bias) {
    c00 = v128.load(bias);
    c10 = c00;
    c20 = c00;
    c30 = c00;
    c40 = c00;
    c50 = c00;
  }
  for (; depth > 0; depth--) {
    let b0 = v128.load(b);
    let x = v128.load_splat<f32>(a);
    c00 = fma(x, b0, c00);
    x = v128.load_splat<f32>(a, 4);
    c10 = fma(x, b0, c10);
    x = v128.load_splat<f32>(a, 8);
    c20 = fma(x, b0, c20);
    x = v128.load_splat<f32>(a, 12);
    c30 = fma(x, b0, c30);
    x = v128.load_splat<f32>(a, 16);
    c40 = fma(x, b0, c40);
    x = v128.load_splat<f32>(a, 20);
    c50 = fma(x, b0, c50);
    a += 24;
    b += 32;
  }
  v128.store(c, c00);
  c += cRow;
  v128.store(c, c10);
  c += cRow;
  v128.store(c, c20);
  c += cRow;
  v128.store(c, c30);
  c += cRow;
  v128.store(c, c40);
  c += cRow;
  v128.store(c, c50);
}
