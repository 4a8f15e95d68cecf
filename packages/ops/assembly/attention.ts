/**
 * Attention of one head: O = softmax(scale Q KT) V for Q [n, d], K [m, d], V [m, e], any row strides (bytes), so that q, k and v may be
 * parts of one packed projection. Never holds the [n, m] weights.
 *
 * Queries go in panels. Their scores are computed transposed, as tiles of 6 keys x one panel, into a strip [m][panel]: softmax then runs
 * down the lanes, and the strip already is the panel that the product with V asks for.
 */
import { fma, loadFirst, storeFirst } from './simd';
import { panel } from './build';
import { packRight, packSixAcross, packSixes, transposeFour } from './pack';
import { Start, edge, roundUp, tile, tiles } from './matmul';
import { expNegative, log } from './transcendental';

/** Bytes of scratch for `attention`. */
export function attentionScratch(m: i32, d: i32, e: i32): usize {
  return (roundUp(m, 6) * (d + panel) + roundUp(e, 6) * (m + panel) + d * panel) << 2;
}

/** Writes O [n, e] and lse [n], the logarithm of the sum of exp(score) over the keys. */
export function attention(
  n: i32,
  m: i32,
  d: i32,
  e: i32,
  scale: f32,
  q: usize,
  qRow: usize,
  k: usize,
  kRow: usize,
  v: usize,
  vRow: usize,
  o: usize,
  oRow: usize,
  lse: usize,
  scratch: usize,
): void {
  const keys = scratch; // m in sixes, [d][6]
  const values = keys + ((roundUp(m, 6) * d) << 2); // e in sixes, [m][6]
  const strip = values + ((roundUp(e, 6) * m) << 2); // [m][panel]
  const out = strip + roundUp(m, 6) * (4 * panel); // [e][panel]
  const queries = out + roundUp(e, 6) * (4 * panel); // [d][panel]
  packSixes(keys, k, m, d, kRow, 4);
  packSixes(values, v, e, m, 4, vRow);
  for (let i = 0; i < n; i += panel) {
    const width = min(panel, n - i);
    packRight(queries, q + i * qRow, width, d, qRow, 4);
    scaleAll(queries, d * panel, scale);
    sweep(m, d, keys, queries, strip, width);
    softmaxDown(m, strip, lse + (i << 2), width);
    sweep(e, m, values, strip, out, width);
    turn(o + i * oRow, oRow, out, width, e);
  }
}

/** Queries whose weights the gradient holds at a time. */
function chunkOf(n: i32, m: i32): i32 {
  return min(roundUp(n, 16), min(max(32, (131072 / max(m, 1)) & ~15), 384));
}

/** Bytes of scratch for `attentionGrad`. */
export function attentionGradScratch(n: i32, m: i32, d: i32, e: i32): usize {
  const chunk = chunkOf(n, m);
  const sixes = roundUp(m, 6);
  const packed = sixes * (d + e) + roundUp(d, 6) * (m + panel);
  const inChunk = sixes * chunk * 3 + max(roundUp(d, panel), roundUp(e, panel)) * chunk;
  return edge + ((packed + inChunk + (d + e) * panel + panel) << 2);
}

/**
 * Gradients of `attention` from dO, with P = exp(score - lse) made again: dV = PT dO, dS = scale P (dO VT - rowsum(dO O)), dQ = dS K,
 * dK = dST Q. Chunk by chunk of queries, dK and dV summed.
 */
export function attentionGrad(
  n: i32,
  m: i32,
  d: i32,
  e: i32,
  scale: f32,
  q: usize,
  qRow: usize,
  k: usize,
  kRow: usize,
  v: usize,
  vRow: usize,
  o: usize,
  oRow: usize,
  dy: usize,
  dyRow: usize,
  lse: usize,
  dq: usize,
  dqRow: usize,
  dk: usize,
  dkRow: usize,
  dv: usize,
  dvRow: usize,
  scratch: usize,
): void {
  const chunk = chunkOf(n, m);
  const sixes = roundUp(m, 6);
  const keys = scratch + edge; // m in sixes, [d][6]
  const values = keys + ((sixes * d) << 2); // m in sixes, [e][6]
  const keysAcross = values + ((sixes * e) << 2); // d in sixes, [m][6]
  const out = keysAcross + ((roundUp(d, 6) * m) << 2); // [d][panel]
  const queries = out + roundUp(d, 6) * (4 * panel); // [d][panel]
  const slopes = queries + d * (4 * panel); // [e][panel]
  const delta = slopes + e * (4 * panel); // [panel]
  const weights = delta + 4 * panel; // strips [m][panel]
  const dScores = weights + ((sixes * chunk) << 2); // strips [m][panel]
  const left = dScores + ((sixes * chunk) << 2); // m in sixes, [chunk][6]
  const right = left + ((sixes * chunk) << 2); // d or e in panels, [chunk][panel]
  packSixes(keys, k, m, d, kRow, 4);
  packSixes(values, v, m, e, vRow, 4);
  packSixes(keysAcross, k, d, m, 4, kRow);
  if (n == 0) {
    clearRows(dk, dkRow, m, d);
    clearRows(dv, dvRow, m, e);
  }
  for (let first = 0; first < n; first += chunk) {
    const count = min(chunk, n - first);
    for (let i = 0; i < count; i += panel) {
      const width = min(panel, count - i);
      const row = first + i;
      const strip = weights + ((sixes * i) << 2);
      const dStrip = dScores + ((sixes * i) << 2);
      packRight(queries, q + row * qRow, width, d, qRow, 4);
      scaleAll(queries, d * panel, scale);
      packRight(slopes, dy + row * dyRow, width, e, dyRow, 4);
      sweep(m, d, keys, queries, strip, width);
      sweep(m, e, values, slopes, dStrip, width);
      rowProducts(delta, dy + row * dyRow, dyRow, o + row * oRow, oRow, width, e);
      weightsDown(m, scale, strip, dStrip, lse + (row << 2), delta, width);
      sweep(d, m, keysAcross, dStrip, out, width);
      turn(dq + row * dqRow, dqRow, out, width, d);
    }
    const start = first == 0 ? Start.Zero : Start.Output;
    packStrips(left, weights, m, count);
    packRight(right, dy + first * dyRow, e, count, 4, dyRow);
    tiles(m, e, count, left, count * 24, right, count * (4 * panel), dv, dvRow, 0, start, scratch);
    packStrips(left, dScores, m, count);
    packRight(right, q + first * qRow, d, count, 4, qRow);
    tiles(m, d, count, left, count * 24, right, count * (4 * panel), dk, dkRow, 0, start, scratch);
  }
}

/** strip [rows][panel] = sixes x panel of `width` columns; only as wide as holds them. Rows up to the next six are written. */
function sweep(rows: i32, depth: i32, sixes: usize, right: usize, strip: usize, width: i32): void {
  const unit = panel == 16 && width > 8 ? 16 : width > 4 ? 8 : 4;
  for (let i = 0; i < rows; i += 6) {
    tile(unit, depth, sixes + i * depth * 4, right, strip + i * (4 * panel), 4 * panel, 0, Start.Zero);
  }
}

function scaleAll(x: usize, count: i32, scale: f32): void {
  const factor = f32x4.splat(scale);
  for (; count > 0; count -= 8, x += 32) {
    const a = f32x4.mul(v128.load(x), factor);
    const b = f32x4.mul(v128.load(x, 16), factor);
    v128.store(x, a);
    v128.store(x, b, 16);
  }
}

/** Softmax of each column of the strip [m][panel], eight at a time, or the last four. */
function softmaxDown(m: i32, strip: usize, lse: usize, width: i32): void {
  for (; width > 4; width -= 8, strip += 32, lse += 32) softmaxOfEight(m, strip, lse, width);
  if (width > 0) softmaxOfFour(m, strip, lse, width);
}

function softmaxOfEight(m: i32, strip: usize, lse: usize, width: i32): void {
  const end = strip + m * (4 * panel);
  let topA = f32x4.splat(-Infinity);
  let topB = f32x4.splat(-Infinity);
  for (let at = strip; at < end; at += 4 * panel) {
    topA = f32x4.pmax(v128.load(at), topA);
    topB = f32x4.pmax(v128.load(at, 16), topB);
  }
  let sumA = f32x4.splat(0);
  let sumB = f32x4.splat(0);
  let at = strip;
  for (; at + 4 * panel < end; at += 8 * panel) {
    const a = expNegative(f32x4.sub(v128.load(at), topA));
    const b = expNegative(f32x4.sub(v128.load(at, 16), topB));
    const c = expNegative(f32x4.sub(v128.load(at, 4 * panel), topA));
    const d = expNegative(f32x4.sub(v128.load(at, 4 * panel + 16), topB));
    v128.store(at, a);
    v128.store(at, b, 16);
    v128.store(at, c, 4 * panel);
    v128.store(at, d, 4 * panel + 16);
    sumA = f32x4.add(sumA, f32x4.add(a, c));
    sumB = f32x4.add(sumB, f32x4.add(b, d));
  }
  if (at < end) {
    const a = expNegative(f32x4.sub(v128.load(at), topA));
    const b = expNegative(f32x4.sub(v128.load(at, 16), topB));
    v128.store(at, a);
    v128.store(at, b, 16);
    sumA = f32x4.add(sumA, a);
    sumB = f32x4.add(sumB, b);
  }
  storeFirst(lse, f32x4.add(topA, log(sumA)), width);
  storeFirst(lse + 16, f32x4.add(topB, log(sumB)), width - 4);
  const inverseA = f32x4.div(f32x4.splat(1), sumA);
  const inverseB = f32x4.div(f32x4.splat(1), sumB);
  for (let at = strip; at < end; at += 4 * panel) {
    const a = f32x4.mul(v128.load(at), inverseA);
    const b = f32x4.mul(v128.load(at, 16), inverseB);
    v128.store(at, a);
    v128.store(at, b, 16);
  }
}

function softmaxOfFour(m: i32, strip: usize, lse: usize, width: i32): void {
  const end = strip + m * (4 * panel);
  let top = f32x4.splat(-Infinity);
  for (let at = strip; at < end; at += 4 * panel) top = f32x4.pmax(v128.load(at), top);
  let sum = f32x4.splat(0);
  let at = strip;
  for (; at + 4 * panel < end; at += 8 * panel) {
    const a = expNegative(f32x4.sub(v128.load(at), top));
    const c = expNegative(f32x4.sub(v128.load(at, 4 * panel), top));
    v128.store(at, a);
    v128.store(at, c, 4 * panel);
    sum = f32x4.add(sum, f32x4.add(a, c));
  }
  if (at < end) {
    const a = expNegative(f32x4.sub(v128.load(at), top));
    v128.store(at, a);
    sum = f32x4.add(sum, a);
  }
  storeFirst(lse, f32x4.add(top, log(sum)), width);
  const inverse = f32x4.div(f32x4.splat(1), sum);
  for (let at = strip; at < end; at += 4 * panel) v128.store(at, f32x4.mul(v128.load(at), inverse));
}

/** In place: scores become weights exp(score - lse), the other strip scale weight (dWeight - delta). */
function weightsDown(m: i32, scale: f32, strip: usize, dStrip: usize, lse: usize, delta: usize, width: i32): void {
  for (; width > 4; width -= 8, strip += 32, dStrip += 32, lse += 32, delta += 32) {
    weightsOfEight(m, scale, strip, dStrip, lse, delta, width);
  }
  if (width > 0) weightsOfFour(m, scale, strip, dStrip, lse, delta, width);
}

function weightsOfEight(m: i32, scale: f32, strip: usize, dStrip: usize, lse: usize, delta: usize, width: i32): void {
  const factor = f32x4.splat(scale);
  const end = strip + m * (4 * panel);
  const shiftA = loadFirst(lse, width);
  const shiftB = loadFirst(lse + 16, width - 4);
  const levelA = v128.load(delta);
  const levelB = v128.load(delta, 16);
  for (let at = strip, there = dStrip; at < end; at += 4 * panel, there += 4 * panel) {
    const a = expNegative(f32x4.sub(v128.load(at), shiftA));
    const b = expNegative(f32x4.sub(v128.load(at, 16), shiftB));
    const da = f32x4.mul(f32x4.mul(a, factor), f32x4.sub(v128.load(there), levelA));
    const db = f32x4.mul(f32x4.mul(b, factor), f32x4.sub(v128.load(there, 16), levelB));
    v128.store(at, a);
    v128.store(at, b, 16);
    v128.store(there, da);
    v128.store(there, db, 16);
  }
}

function weightsOfFour(m: i32, scale: f32, strip: usize, dStrip: usize, lse: usize, delta: usize, width: i32): void {
  const factor = f32x4.splat(scale);
  const end = strip + m * (4 * panel);
  const shift = loadFirst(lse, width);
  const level = v128.load(delta);
  for (let at = strip, there = dStrip; at < end; at += 4 * panel, there += 4 * panel) {
    const p = expNegative(f32x4.sub(v128.load(at), shift));
    v128.store(at, p);
    v128.store(there, f32x4.mul(f32x4.mul(p, factor), f32x4.sub(v128.load(there), level)));
  }
}

/** to [panel]: the scalar products of `count` rows, then zeros. */
function rowProducts(to: usize, a: usize, aRow: usize, b: usize, bRow: usize, count: i32, width: i32): void {
  for (let i = 0; i < panel; i++, a += aRow, b += bRow) {
    let sum = f32x4.splat(0);
    if (i < count) {
      for (let j = 0; j < width; j += 4)
        sum = fma(loadFirst(a + j * 4, width - j), loadFirst(b + j * 4, width - j), sum);
    }
    const pairs = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 2, 3, 0, 1));
    store<f32>(to + i * 4, f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1));
  }
}

/** Rows 0 to width of `to` from the columns of out [depth][panel]. */
function turn(to: usize, toRow: usize, out: usize, width: i32, depth: i32): void {
  let i = 0;
  for (; i + 4 <= width; i += 4) {
    const below = to + i * toRow;
    let from = out + i * 4;
    let j = 0;
    for (; j + 4 <= depth; j += 4, from += 16 * panel) {
      const p = v128.load(from);
      const q = v128.load(from, 4 * panel);
      const r = v128.load(from, 8 * panel);
      const s = v128.load(from, 12 * panel);
      transposeFour(below + j * 4, toRow, p, q, r, s);
    }
    for (; j < depth; j++, from += 4 * panel) {
      for (let k = 0; k < 4; k++) store<f32>(below + k * toRow + j * 4, load<f32>(from + k * 4));
    }
  }
  for (; i < width; i++) {
    for (let j = 0; j < depth; j++) store<f32>(to + i * toRow + j * 4, load<f32>(out + j * (4 * panel) + i * 4));
  }
}

/** The strips [m][panel] of `count` queries as sixes of keys, [count][6]. */
function packStrips(to: usize, strips: usize, m: i32, count: i32): void {
  const strip: usize = roundUp(m, 6) * (4 * panel);
  for (let i = 0; i < m; i += 6) {
    let from = strips + i * (4 * panel);
    for (let j = 0; j < count; j += panel, from += strip) {
      const width = min(panel, count - j);
      packSixAcross(to, from, width, 4 * panel);
      to += width * 24;
    }
  }
}

function clearRows(to: usize, toRow: usize, rows: i32, width: i32): void {
  for (let i = 0; i < rows; i++, to += toRow) memory.fill(to, 0, (<usize>width) << 2);
}
