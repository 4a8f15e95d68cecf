/**
 * Attention of one head: O = softmax(scale Q KT) V for Q [n, d], K [m, d], V [m, e], any row strides (bytes), so that q, k and v may be
 * parts of one packed projection. Never holds the [n, m] weights.
 *
 * Queries go in eights. Their scores are computed transposed, as tiles of 6 keys x 8 queries, into a strip [m][8]: softmax then runs
 * down the lanes, and the strip already is the panel that the product with V asks for.
 */
import { fma, loadFirst, storeFirst } from './simd';
import { packEights, packSixAcross, packSixes, transposeFour } from './pack';
import { Start, halfTile, roundUp, tile, tiles } from './matmul';
import { expNegative, log } from './transcendental';

/** Bytes of scratch for `attention`. */
export function attentionScratch(m: i32, d: i32, e: i32): usize {
  return (roundUp(m, 6) * (d + 8) + roundUp(e, 6) * (m + 8) + d * 8) << 2;
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
  const strip = values + ((roundUp(e, 6) * m) << 2); // [m][8]
  const out = strip + roundUp(m, 6) * 32; // [e][8]
  const queries = out + roundUp(e, 6) * 32; // [d][8]
  packSixes(keys, k, m, d, kRow, 4);
  packSixes(values, v, e, m, 4, vRow);
  for (let i = 0; i < n; i += 8) {
    const width = min(8, n - i);
    packEights(queries, q + i * qRow, width, d, qRow, 4);
    scaleAll(queries, d * 8, scale);
    sweep(m, d, keys, queries, strip, width);
    softmaxDown(m, strip, lse + (i << 2), width);
    sweep(e, m, values, strip, out, width);
    turn(o + i * oRow, oRow, out, width, e);
  }
}

/** Queries whose weights the gradient holds at a time. */
function chunkOf(n: i32, m: i32): i32 {
  return min(roundUp(n, 8), min(max(32, (131072 / max(m, 1)) & ~7), 384));
}

/** Bytes of scratch for `attentionGrad`. */
export function attentionGradScratch(n: i32, m: i32, d: i32, e: i32): usize {
  const chunk = chunkOf(n, m);
  const sixes = roundUp(m, 6);
  const packed = sixes * (d + e) + roundUp(d, 6) * (m + 8);
  const inChunk = sixes * chunk * 3 + max(roundUp(d, 8), roundUp(e, 8)) * chunk;
  return (packed + inChunk + (d + e) * 8 + 8 + 56) << 2;
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
  const edge = scratch; // one tile
  const keys = edge + 224; // m in sixes, [d][6]
  const values = keys + ((sixes * d) << 2); // m in sixes, [e][6]
  const keysAcross = values + ((sixes * e) << 2); // d in sixes, [m][6]
  const out = keysAcross + ((roundUp(d, 6) * m) << 2); // [d][8]
  const queries = out + roundUp(d, 6) * 32; // [d][8]
  const slopes = queries + d * 32; // [e][8]
  const delta = slopes + e * 32; // [8]
  const weights = delta + 32; // strips [m][8]
  const dScores = weights + ((sixes * chunk) << 2); // strips [m][8]
  const left = dScores + ((sixes * chunk) << 2); // m in sixes, [chunk][6]
  const right = left + ((sixes * chunk) << 2); // d or e in eights, [chunk][8]
  packSixes(keys, k, m, d, kRow, 4);
  packSixes(values, v, m, e, vRow, 4);
  packSixes(keysAcross, k, d, m, 4, kRow);
  if (n == 0) {
    clearRows(dk, dkRow, m, d);
    clearRows(dv, dvRow, m, e);
  }
  for (let first = 0; first < n; first += chunk) {
    const count = min(chunk, n - first);
    for (let i = 0; i < count; i += 8) {
      const width = min(8, count - i);
      const row = first + i;
      const strip = weights + ((sixes * i) << 2);
      const dStrip = dScores + ((sixes * i) << 2);
      packEights(queries, q + row * qRow, width, d, qRow, 4);
      scaleAll(queries, d * 8, scale);
      packEights(slopes, dy + row * dyRow, width, e, dyRow, 4);
      sweep(m, d, keys, queries, strip, width);
      sweep(m, e, values, slopes, dStrip, width);
      rowProducts(delta, dy + row * dyRow, dyRow, o + row * oRow, oRow, width, e);
      weightsDown(m, scale, strip, dStrip, lse + (row << 2), delta, width);
      sweep(d, m, keysAcross, dStrip, out, width);
      turn(dq + row * dqRow, dqRow, out, width, d);
    }
    const start = first == 0 ? Start.Zero : Start.Output;
    packStrips(left, weights, m, count);
    packEights(right, dy + first * dyRow, e, count, 4, dyRow);
    tiles(m, e, count, left, right, dv, dvRow, 0, start, edge);
    packStrips(left, dScores, m, count);
    packEights(right, q + first * qRow, d, count, 4, qRow);
    tiles(m, d, count, left, right, dk, dkRow, 0, start, edge);
  }
}

/** strip [rows][8] = sixes x panel [depth][8]; only the left half where that holds all. Rows up to the next six are written. */
function sweep(rows: i32, depth: i32, sixes: usize, panel: usize, strip: usize, width: i32): void {
  for (let i = 0; i < rows; i += 6) {
    const from = sixes + i * depth * 4;
    if (width > 4) tile(depth, from, panel, strip + i * 32, 32, 0, Start.Zero);
    else halfTile(depth, from, panel, strip + i * 32, 32, 0, Start.Zero);
  }
}

function scaleAll(x: usize, count: i32, scale: f32): void {
  const factor = f32x4.splat(scale);
  for (; count > 0; count -= 4, x += 16) v128.store(x, f32x4.mul(v128.load(x), factor));
}

/** Softmax of each column of the strip [m][8]. */
function softmaxDown(m: i32, strip: usize, lse: usize, width: i32): void {
  const end = strip + m * 32;
  for (let half = 0; half < width; half += 4, strip += 16, lse += 16) {
    let top = f32x4.splat(-Infinity);
    for (let at = strip; at < end; at += 32) top = f32x4.pmax(v128.load(at), top);
    let sum = f32x4.splat(0);
    let at = strip;
    for (; at + 96 < end; at += 128) {
      const a = expNegative(f32x4.sub(v128.load(at), top));
      const b = expNegative(f32x4.sub(v128.load(at, 32), top));
      const c = expNegative(f32x4.sub(v128.load(at, 64), top));
      const d = expNegative(f32x4.sub(v128.load(at, 96), top));
      v128.store(at, a);
      v128.store(at, b, 32);
      v128.store(at, c, 64);
      v128.store(at, d, 96);
      sum = f32x4.add(sum, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
    }
    for (; at < end; at += 32) {
      const p = expNegative(f32x4.sub(v128.load(at), top));
      v128.store(at, p);
      sum = f32x4.add(sum, p);
    }
    storeFirst(lse, f32x4.add(top, log(sum)), width - half);
    const inverse = f32x4.div(f32x4.splat(1), sum);
    for (let at = strip; at < end; at += 32) v128.store(at, f32x4.mul(v128.load(at), inverse));
  }
}

/** In place: scores become weights exp(score - lse), the other strip scale weight (dWeight - delta). */
function weightsDown(m: i32, scale: f32, strip: usize, dStrip: usize, lse: usize, delta: usize, width: i32): void {
  const factor = f32x4.splat(scale);
  const end = strip + m * 32;
  const apart = dStrip - strip;
  for (let half = 0; half < width; half += 4, strip += 16) {
    const shift = loadFirst(lse + half * 4, width - half);
    const level = v128.load(delta + half * 4);
    let at = strip;
    for (; at + 32 < end; at += 64) {
      const a = expNegative(f32x4.sub(v128.load(at), shift));
      const b = expNegative(f32x4.sub(v128.load(at, 32), shift));
      v128.store(at, a);
      v128.store(at, b, 32);
      const there = at + apart;
      v128.store(there, f32x4.mul(f32x4.mul(a, factor), f32x4.sub(v128.load(there), level)));
      v128.store(there, f32x4.mul(f32x4.mul(b, factor), f32x4.sub(v128.load(there, 32), level)), 32);
    }
    for (; at < end; at += 32) {
      const p = expNegative(f32x4.sub(v128.load(at), shift));
      v128.store(at, p);
      v128.store(at + apart, f32x4.mul(f32x4.mul(p, factor), f32x4.sub(v128.load(at + apart), level)));
    }
  }
}

/** to [8]: the scalar products of `count` rows, then zeros. */
function rowProducts(to: usize, a: usize, aRow: usize, b: usize, bRow: usize, count: i32, width: i32): void {
  for (let i = 0; i < 8; i++, a += aRow, b += bRow) {
    let sum = f32x4.splat(0);
    if (i < count) {
      for (let j = 0; j < width; j += 4)
        sum = fma(loadFirst(a + j * 4, width - j), loadFirst(b + j * 4, width - j), sum);
    }
    const pairs = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 2, 3, 0, 1));
    store<f32>(to + i * 4, f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1));
  }
}

/** Rows 0 to width of `to` from the columns of out [depth][8]. */
function turn(to: usize, toRow: usize, out: usize, width: i32, depth: i32): void {
  let j = 0;
  if (width == 8) {
    for (; j + 4 <= depth; j += 4) {
      const from = out + j * 32;
      transposeFour(to + j * 4, toRow, v128.load(from), v128.load(from, 32), v128.load(from, 64), v128.load(from, 96));
      transposeFour(
        to + j * 4 + 4 * toRow,
        toRow,
        v128.load(from, 16),
        v128.load(from, 48),
        v128.load(from, 80),
        v128.load(from, 112),
      );
    }
  }
  for (; j < depth; j++) {
    for (let i = 0; i < width; i++) store<f32>(to + i * toRow + j * 4, load<f32>(out + j * 32 + i * 4));
  }
}

/** The strips [m][8] of `count` queries as sixes of keys, [count][6]. */
function packStrips(to: usize, strips: usize, m: i32, count: i32): void {
  const strip: usize = roundUp(m, 6) * 32;
  for (let i = 0; i < m; i += 6) {
    let from = strips + i * 32;
    for (let j = 0; j < count; j += 8, from += strip) {
      const width = min(8, count - j);
      packSixAcross(to, from, width, 32);
      to += width * 24;
    }
  }
}

function clearRows(to: usize, toRow: usize, rows: i32, width: i32): void {
  for (let i = 0; i < rows; i++, to += toRow) memory.fill(to, 0, (<usize>width) << 2);
}
