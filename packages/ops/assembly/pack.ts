/**
 * Panels of a matrix for the register tiles: rows interleaved, [depth][width], missing rows zero; width is 6 for the left factor and `panel` for
 * the right one. Element (i, k) of the source lies at source + i * rowStride + k * depthStride (bytes), so one routine packs A and B,
 * transposed or not.
 */
import { panel } from './build';

/** Panels of 6 rows, one after the other. */
export function packSixes(to: usize, source: usize, rows: i32, depth: i32, rowStride: usize, depthStride: usize): void {
  packSixesOf(to, <usize>depth * 24, source, rows, depth, rowStride, depthStride);
}

/** As `packSixes`, the panels `panelStride` apart. */
export function packSixesOf(
  to: usize,
  panelStride: usize,
  source: usize,
  rows: i32,
  depth: i32,
  rowStride: usize,
  depthStride: usize,
): void {
  if (rowStride == 4 && depthStride != 4) {
    packSixesAlong(to, panelStride, source, rows, depth, depthStride);
    return;
  }
  for (let row = 0; row < rows; row += 6) {
    const from = source + row * rowStride;
    if (rows - row < 6) packPartly(to, from, rows - row, 6, depth, rowStride, depthStride);
    else if (depthStride == 4) packSixAcross(to, from, depth, rowStride);
    else packPartly(to, from, 6, 6, depth, rowStride, depthStride);
    to += panelStride;
  }
}

/** Panels of the right factor, one after the other; its columns are the rows here. */
export function packRight(to: usize, source: usize, rows: i32, depth: i32, rowStride: usize, depthStride: usize): void {
  packRightOf(to, <usize>depth * (4 * panel), source, rows, depth, rowStride, depthStride);
}

/** As `packRight`, the panels `panelStride` apart. */
export function packRightOf(
  to: usize,
  panelStride: usize,
  source: usize,
  rows: i32,
  depth: i32,
  rowStride: usize,
  depthStride: usize,
): void {
  if (rowStride == 4 && depthStride != 4) {
    packRightAlong(to, panelStride, source, rows, depth, depthStride);
    return;
  }
  for (let row = 0; row < rows; row += panel) {
    const from = source + row * rowStride;
    if (rows - row < panel) packPartly(to, from, rows - row, panel, depth, rowStride, depthStride);
    else if (depthStride == 4) packRightAcross(to, from, depth, rowStride);
    else packPartly(to, from, panel, panel, depth, rowStride, depthStride);
    to += panelStride;
  }
}

function packPartly(
  to: usize,
  source: usize,
  rows: i32,
  width: i32,
  depth: i32,
  rowStride: usize,
  depthStride: usize,
): void {
  for (let k = 0; k < depth; k++) {
    let from = source + k * depthStride;
    let i = 0;
    for (; i < rows; i++, to += 4, from += rowStride) store<f32>(to, load<f32>(from));
    for (; i < width; i++, to += 4) store<f32>(to, 0);
  }
}

/** Rows lie side by side at every depth: copy them, a few depths of all panels at a time, so that they are read in the order of memory. */
function packSixesAlong(to: usize, panelStride: usize, source: usize, rows: i32, depth: i32, depthStride: usize): void {
  const left = rows % 6;
  for (let k = 0; k < depth; k += 8) {
    const count = min(8, depth - k);
    let from = source + k * depthStride;
    let at = to + k * 24;
    for (let row = 0; row + 6 <= rows; row += 6, from += 24, at += panelStride) {
      packSixAlong(at, from, count, depthStride);
    }
    if (left > 0) packPartly(at, from, left, 6, count, 4, depthStride);
  }
}

function packSixAlong(to: usize, from: usize, depth: i32, depthStride: usize): void {
  for (let k = 0; k < depth; k++, to += 24, from += depthStride) {
    v128.store(to, v128.load(from));
    store<u64>(to, load<u64>(from, 16), 16);
  }
}

function packRightAlong(to: usize, panelStride: usize, source: usize, rows: i32, depth: i32, depthStride: usize): void {
  const left = rows % panel;
  for (let k = 0; k < depth; k += 8) {
    const count = min(8, depth - k);
    let from = source + k * depthStride;
    let at = to + k * (4 * panel);
    for (let row = 0; row + panel <= rows; row += panel, from += 4 * panel, at += panelStride) {
      packPanelAlong(at, from, count, depthStride);
    }
    if (left > 0) packPartly(at, from, left, panel, count, 4, depthStride);
  }
}

function packPanelAlong(to: usize, from: usize, depth: i32, depthStride: usize): void {
  for (let k = 0; k < depth; k++, to += 4 * panel, from += depthStride) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    if (panel == 16) {
      const c = v128.load(from, 32);
      const d = v128.load(from, 48);
      v128.store(to, c, 32);
      v128.store(to, d, 48);
    }
    v128.store(to, a);
    v128.store(to, b, 16);
  }
}

/** Every row is contiguous in depth: transpose four columns at a time. */
export function packSixAcross(to: usize, from: usize, depth: i32, rowStride: usize): void {
  const r1 = from + rowStride;
  const r2 = r1 + rowStride;
  const r3 = r2 + rowStride;
  const r4 = r3 + rowStride;
  packSixRows(to, from, r1, r2, r3, r4, r4 + rowStride, depth);
}

/** Six rows that begin at the six addresses in `pointers`. */
export function packSixPointers(to: usize, pointers: usize, depth: i32): void {
  packSixRows(
    to,
    load<usize>(pointers),
    load<usize>(pointers, 4),
    load<usize>(pointers, 8),
    load<usize>(pointers, 12),
    load<usize>(pointers, 16),
    load<usize>(pointers, 20),
    depth,
  );
}

function packSixRows(to: usize, r0: usize, r1: usize, r2: usize, r3: usize, r4: usize, r5: usize, depth: i32): void {
  let k: usize = 0;
  const whole: usize = (depth & ~3) << 2;
  for (; k < whole; k += 16, to += 96) {
    transposeFour(to, 24, v128.load(r0 + k), v128.load(r1 + k), v128.load(r2 + k), v128.load(r3 + k));
    const e = v128.load(r4 + k);
    const f = v128.load(r5 + k);
    const low = v128.shuffle<f32>(e, f, 0, 4, 1, 5);
    const high = v128.shuffle<f32>(e, f, 2, 6, 3, 7);
    v128.store_lane<u64>(to, low, 0, 16);
    v128.store_lane<u64>(to, low, 1, 40);
    v128.store_lane<u64>(to, high, 0, 64);
    v128.store_lane<u64>(to, high, 1, 88);
  }
  const all: usize = (<usize>depth) << 2;
  for (; k < all; k += 4, to += 24) {
    store<f32>(to, load<f32>(r0 + k));
    store<f32>(to, load<f32>(r1 + k), 4);
    store<f32>(to, load<f32>(r2 + k), 8);
    store<f32>(to, load<f32>(r3 + k), 12);
    store<f32>(to, load<f32>(r4 + k), 16);
    store<f32>(to, load<f32>(r5 + k), 20);
  }
}

/** Eight rows at a time, and a stretch of depth that stays in the first cache. */
function packRightAcross(to: usize, from: usize, depth: i32, rowStride: usize): void {
  const whole = depth & ~3;
  for (let k = 0; k < whole; k += 64) {
    const count = min(64, whole - k);
    for (let row = 0; row < panel; row += 8) {
      packEightAcross(to + k * (4 * panel) + row * 4, from + row * rowStride + k * 4, count, rowStride);
    }
  }
  packPartly(to + whole * (4 * panel), from + whole * 4, panel, panel, depth & 3, rowStride, 4);
}

function packEightAcross(to: usize, from: usize, depth: i32, rowStride: usize): void {
  const r1 = from + rowStride;
  const r2 = r1 + rowStride;
  const r3 = r2 + rowStride;
  const r4 = r3 + rowStride;
  const r5 = r4 + rowStride;
  const r6 = r5 + rowStride;
  const r7 = r6 + rowStride;
  const whole: usize = (<usize>depth) << 2;
  for (let k: usize = 0; k < whole; k += 16, to += 16 * panel) {
    transposeFour(to, 4 * panel, v128.load(from + k), v128.load(r1 + k), v128.load(r2 + k), v128.load(r3 + k));
    transposeFour(to + 16, 4 * panel, v128.load(r4 + k), v128.load(r5 + k), v128.load(r6 + k), v128.load(r7 + k));
  }
}

/** Stores the transpose of the 4 x 4 matrix with rows a, b, c, d in four rows `stride` bytes apart. */
// @inline
export function transposeFour(to: usize, stride: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const ef = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const gh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<u64>(ab, cd, 0, 2));
  v128.store(to + stride, v128.shuffle<u64>(ab, cd, 1, 3));
  v128.store(to + 2 * stride, v128.shuffle<u64>(ef, gh, 0, 2));
  v128.store(to + 3 * stride, v128.shuffle<u64>(ef, gh, 1, 3));
}
