/**
 * C [m, n] = A [m, k] B [k, n] (+ bias [n] | + C), any strides of A and B, rows of C contiguous.
 *
 * B is packed into panels [k][panel] (pack.ts), A into panels [k][6] unless its rows are contiguous, which are then read where they lie; a
 * tile of 6 x panel results (tiles.ts) lives in registers while one panel of each streams by. Blocks: `deep` of k (a panel of B in the first
 * cache), `tall` rows of A (second cache), `wide` columns of B. Sums run along k in order, in one chain per block of k, so that a number
 * does not depend on where rows and columns are cut: threads share the panels of one product and take rows or columns of it.
 */
import { panel } from './build';
import { loadFirst, storeFirst } from './simd';
import { rowProduct } from './row-product';
import { packRight, packSixes } from './pack';
import {
  rows16Bias,
  rows16Onto,
  rows16Zero,
  rows4Bias,
  rows4Onto,
  rows4Zero,
  rows8Bias,
  rows8Onto,
  rows8Zero,
  tile16Bias,
  tile16Onto,
  tile16Zero,
  tile4Bias,
  tile4Onto,
  tile4Zero,
  tile8Bias,
  tile8Onto,
  tile8Zero,
} from './tiles';

const deep: i32 = 512;
const tall: i32 = 120;
const wide: i32 = 1024;

/** Bytes of scratch for what hangs over: 16 numbers of the bias, one tile of six rows. */
export const edge: usize = 448;
const tileRow: usize = 64;

/** How the tile starts. */
export const enum Start {
  Zero = 0,
  Output = 1,
  Bias = 2,
}

export function roundUp(x: i32, step: i32): i32 {
  return ((x + step - 1) / step) * step;
}

/** Bytes of B [k, n] in panels. */
export function rightBytes(n: i32, k: i32): usize {
  return (<usize>roundUp(n, panel) * <usize>k) << 2;
}

/** Bytes of A [m, k] in panels. */
export function leftBytes(m: i32, k: i32): usize {
  return (<usize>roundUp(m, 6) * <usize>k) << 2;
}

/** Panels of B. */
export function packB(n: i32, k: i32, b: usize, bRow: usize, bColumn: usize, to: usize): void {
  packRight(to, b, n, k, bColumn, bRow);
}

/** Panels of A. */
export function packA(m: i32, k: i32, a: usize, aRow: usize, aColumn: usize, to: usize): void {
  packSixes(to, a, m, k, aRow, aColumn);
}

/** Bytes of scratch for `panelProduct`. */
export function panelProductScratch(m: i32, k: i32): usize {
  return edge + leftBytes(min(m, tall), min(k, deep));
}

/** C = A times panels of B; panels of A where aColumn is 0. `start` is how C begins: zero, as it is, or from bias [n]. */
export function panelProduct(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  c: usize,
  cRow: usize,
  bias: usize,
  start: i32,
  scratch: usize,
): void {
  const blocks = max((k + deep - 1) / deep, 1);
  const depth = (k + blocks - 1) / blocks;
  const packed = scratch + edge;
  const step: usize = <usize>k * (4 * panel);
  for (let column = 0; column < n; column += wide) {
    const columns = min(wide, n - column);
    const panels = b + (column / panel) * step;
    for (let block = 0; block < blocks; block++) {
      const from = block * depth;
      const count = max(min(depth, k - from), 0);
      const begin = block == 0 ? start : Start.Output;
      const right = panels + from * (4 * panel);
      for (let row = 0; row < m; row += tall) {
        const rows = min(tall, m - row);
        const to = c + row * cRow + (column << 2);
        const first = bias + (column << 2);
        if (aColumn == 0) {
          const left = a + (row * k + from * 6) * 4;
          tiles(rows, columns, count, left, k * 24, right, step, to, cRow, first, begin, scratch);
          continue;
        }
        const at = a + row * aRow + from * aColumn;
        // Rows of A that need no packing.
        const whole = aColumn == 4 ? rows - (rows % 6) : 0;
        tilesOfRows(whole, columns, count, at, aRow, right, step, to, cRow, first, begin, scratch);
        packSixes(packed, at + whole * aRow, rows - whole, count, aRow, aColumn);
        const below = to + whole * cRow;
        tiles(rows - whole, columns, count, packed, count * 24, right, step, below, cRow, first, begin, scratch);
      }
    }
  }
}

/** Whether a product is too thin to repay packing: 1 for few rows, 2 for one column, else 0. */
export function thinness(m: i32, n: i32, aColumn: usize, bRow: usize, bColumn: usize, cRow: usize, start: i32): i32 {
  if (n == 1 && m > 1 && cRow == 4 && start != Start.Bias) return 2;
  return m <= 3 && (bColumn == 4 || (bRow == 4 && aColumn == 4)) ? 1 : 0;
}

/** A product of few rows, any columns of it. */
export function thinRows(
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
): void {
  for (let i = 0; i < m; i++) rowProduct(n, k, a + i * aRow, aColumn, b, bRow, bColumn, c + i * cRow, bias, start);
}

/** A product of one column, any rows of it: a row of the transposed product. */
export function thinColumn(
  m: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  c: usize,
  start: i32,
): void {
  rowProduct(m, k, b, bRow, a, aColumn, aRow, c, 0, start);
}

/** Bytes of scratch that `matmul` needs: the panels of B, a block of A and one tile. */
export function matmulScratch(m: i32, n: i32, k: i32): usize {
  return panelProductScratch(m, k) + rightBytes(n, k);
}

/** `batch` products, one after the other; the batch strides (bytes) may be 0. */
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
  const right = scratch + panelProductScratch(m, k);
  const thin = thinness(m, n, aColumn, bRow, bColumn, cRow, start);
  for (let i = 0; i < batch; i++) {
    if (thin == 1) thinRows(m, n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow, bias, start);
    else if (thin == 2) thinColumn(m, k, a, aRow, aColumn, b, bRow, c, start);
    else {
      if (i == 0 || bBatch != 0) packB(n, k, b, bRow, bColumn, right);
      panelProduct(m, n, k, a, aRow, aColumn, right, c, cRow, bias, start, scratch);
    }
    a += aBatch;
    b += bBatch;
    c += cBatch;
  }
}

/** All tiles of one block: the panel of B stays in the first cache while the panels of A pass. Panels are `aStep` and `bStep` apart. */
export function tiles(
  rows: i32,
  columns: i32,
  depth: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cRow: usize,
  bias: usize,
  start: i32,
  scratch: usize,
): void {
  const spare = scratch + tileRow;
  for (let j = 0; j < columns; j += panel, b += bStep) {
    const width = min(panel, columns - j);
    const unit = unitOf(width);
    const first = start == Start.Bias ? biasOf(bias + (j << 2), width, unit, scratch) : 0;
    let left = a;
    for (let i = 0; i < rows; i += 6, left += aStep) {
      const height = min(6, rows - i);
      const target = c + i * cRow + (j << 2);
      if (height == 6 && width == unit) {
        tile(unit, depth, left, b, target, cRow, first, start);
      } else {
        if (start == Start.Output) copyTile(spare, tileRow, target, cRow, height, width);
        tile(unit, depth, left, b, spare, tileRow, first, start);
        copyTile(target, cRow, spare, tileRow, height, width);
      }
    }
  }
}

/** As `tiles`, for whole sixes of rows of A as they lie, `aRow` apart. */
function tilesOfRows(
  rows: i32,
  columns: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cRow: usize,
  bias: usize,
  start: i32,
  scratch: usize,
): void {
  const spare = scratch + tileRow;
  for (let j = 0; j < columns; j += panel, b += bStep) {
    const width = min(panel, columns - j);
    const unit = unitOf(width);
    const first = start == Start.Bias ? biasOf(bias + (j << 2), width, unit, scratch) : 0;
    for (let i = 0; i < rows; i += 6) {
      const from = a + i * aRow;
      const target = c + i * cRow + (j << 2);
      if (width == unit) {
        tileOfRows(unit, depth, from, aRow, b, target, cRow, first, start);
      } else {
        if (start == Start.Output) copyTile(spare, tileRow, target, cRow, 6, width);
        tileOfRows(unit, depth, from, aRow, b, spare, tileRow, first, start);
        copyTile(target, cRow, spare, tileRow, 6, width);
      }
    }
  }
}

/** Columns of the narrowest tile that holds `width`. */
// @inline
function unitOf(width: i32): i32 {
  return panel == 16 && width > 8 ? 16 : width > 4 ? 8 : 4;
}

/** As many numbers of the bias as a tile reads, the missing ones zero. */
function biasOf(bias: usize, width: i32, unit: i32, spare: usize): usize {
  if (width == unit) return bias;
  for (let j = 0; j < unit; j += 4) {
    storeFirst(spare + j * 4, j < width ? loadFirst(bias + j * 4, width - j) : f32x4.splat(0), 4);
  }
  return spare;
}

function copyTile(to: usize, toRow: usize, from: usize, fromRow: usize, height: i32, width: i32): void {
  for (let i = 0; i < height; i++, to += toRow, from += fromRow) {
    for (let j = 0; j < width; j += 4) {
      const at: usize = j << 2;
      storeFirst(to + at, loadFirst(from + at, width - j), width - j);
    }
  }
}

/** C [6, unit] = start + A panel [depth][6] times the first columns of the panel of B. */
export function tile(unit: i32, depth: i32, a: usize, b: usize, c: usize, cRow: usize, bias: usize, start: i32): void {
  if (panel == 16 && unit == 16) {
    if (start == Start.Zero) tile16Zero(depth, a, b, c, cRow);
    else if (start == Start.Output) tile16Onto(depth, a, b, c, cRow);
    else tile16Bias(depth, a, b, c, cRow, bias);
  } else if (unit == 8) {
    if (start == Start.Zero) tile8Zero(depth, a, b, c, cRow);
    else if (start == Start.Output) tile8Onto(depth, a, b, c, cRow);
    else tile8Bias(depth, a, b, c, cRow, bias);
  } else {
    if (start == Start.Zero) tile4Zero(depth, a, b, c, cRow);
    else if (start == Start.Output) tile4Onto(depth, a, b, c, cRow);
    else tile4Bias(depth, a, b, c, cRow, bias);
  }
}

/** As `tile`, with six rows of A as they lie. */
function tileOfRows(
  unit: i32,
  depth: i32,
  a: usize,
  aRow: usize,
  b: usize,
  c: usize,
  cRow: usize,
  bias: usize,
  start: i32,
): void {
  if (panel == 16 && unit == 16) {
    if (start == Start.Zero) rows16Zero(depth, a, aRow, b, c, cRow);
    else if (start == Start.Output) rows16Onto(depth, a, aRow, b, c, cRow);
    else rows16Bias(depth, a, aRow, b, c, cRow, bias);
  } else if (unit == 8) {
    if (start == Start.Zero) rows8Zero(depth, a, aRow, b, c, cRow);
    else if (start == Start.Output) rows8Onto(depth, a, aRow, b, c, cRow);
    else rows8Bias(depth, a, aRow, b, c, cRow, bias);
  } else {
    if (start == Start.Zero) rows4Zero(depth, a, aRow, b, c, cRow);
    else if (start == Start.Output) rows4Onto(depth, a, aRow, b, c, cRow);
    else rows4Bias(depth, a, aRow, b, c, cRow, bias);
  }
}
