/** Sums over one axis of x [outer, count, inner], and rows added to where their numbers say. */
import { fma, loadFirst, storeFirst, sumLanes } from './simd';
import { sumRow } from './norm';

/** y [outer, inner] = factor times the sum over the middle axis; rows of x are `row` bytes apart, those of y too. */
export function sumAxis(outer: i32, count: i32, inner: i32, factor: f32, x: usize, row: usize, y: usize): void {
  const scale = f32x4.splat(factor);
  for (let i = 0; i < outer; i++, x += count * row) {
    if (row == 4) {
      store<f32>(y + (i << 2), factor * sumRow(x, count));
      continue;
    }
    let j = 0;
    for (; j + 16 <= inner; j += 16) {
      let a = f32x4.splat(0);
      let b = f32x4.splat(0);
      let c = f32x4.splat(0);
      let d = f32x4.splat(0);
      let from = x + (j << 2);
      for (let k = 0; k < count; k++, from += row) {
        a = f32x4.add(a, v128.load(from));
        b = f32x4.add(b, v128.load(from, 16));
        c = f32x4.add(c, v128.load(from, 32));
        d = f32x4.add(d, v128.load(from, 48));
      }
      const to = y + i * row + (j << 2);
      v128.store(to, f32x4.mul(a, scale));
      v128.store(to, f32x4.mul(b, scale), 16);
      v128.store(to, f32x4.mul(c, scale), 32);
      v128.store(to, f32x4.mul(d, scale), 48);
    }
    for (; j < inner; j += 4) {
      const left = inner - j;
      let sum = f32x4.splat(0);
      let from = x + (j << 2);
      for (let k = 0; k < count; k++, from += row) sum = f32x4.add(sum, loadFirst(from, left));
      storeFirst(y + i * row + (j << 2), f32x4.mul(sum, scale), left);
    }
  }
}

/** y [segments, width] = for every segment the sum of the rows of x [rows, width] that carry its number; others are left out. */
export function segmentSum(rows: i32, width: i32, segments: i32, x: usize, row: usize, numbers: usize, y: usize): void {
  for (let i = 0; i < segments; i++) memory.fill(y + i * row, 0, (<usize>width) << 2);
  for (let i = 0; i < rows; i++, x += row) {
    const segment = load<i32>(numbers + (i << 2));
    if (segment < 0 || segment >= segments) continue;
    const to = y + segment * row;
    for (let j = 0; j < width; j += 4) {
      const left = width - j;
      const at: usize = j << 2;
      storeFirst(to + at, f32x4.add(loadFirst(to + at, left), loadFirst(x + at, left)), left);
    }
  }
}

/** y = the sum of `n` doubles, rounded to a float. */
export function sumDoubles(n: i32, x: usize, y: usize): void {
  let total: f64 = 0;
  for (let i = 0; i < n; i++) total += load<f64>(x + (i << 3));
  store<f32>(y, <f32>total);
}

/** y, a double, = the sum of the squares of `n` numbers: blocks of 4096 in floats, their sums in a double. */
export function sumOfSquares(n: i32, x: usize, y: usize): void {
  let total: f64 = 0;
  for (; n > 0; n -= 4096, x += 16384) {
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let left = min(n, 4096);
    let from = x;
    for (; left >= 16; left -= 16, from += 64) {
      const p = v128.load(from);
      const q = v128.load(from, 16);
      const r = v128.load(from, 32);
      const s = v128.load(from, 48);
      a = fma(p, p, a);
      b = fma(q, q, b);
      c = fma(r, r, c);
      d = fma(s, s, d);
    }
    for (; left > 0; left -= 4, from += 16) {
      const p = loadFirst(from, left);
      a = fma(p, p, a);
    }
    total += sumLanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  }
  store<f64>(y, total);
}
