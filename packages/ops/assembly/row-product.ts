/**
 * c [n] = a [k] B [k, n] (+ bias | + c) without packing: one pass over B, which a single row would not repay. B may have any strides.
 */
import { fma, loadFirst, storeFirst, sumLanes } from './simd';

export function rowProduct(
  n: i32,
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bRow: usize,
  bColumn: usize,
  c: usize,
  bias: usize,
  start: i32,
): void {
  // As Start in matmul.ts: 0 zero, 1 c, 2 bias.
  const before = start == 2 ? bias : c;
  if (bColumn == 4) {
    let j = 0;
    for (; j + 32 <= n; j += 32) along(k, a, aStep, b + j * 4, bRow, c + j * 4, before + j * 4, start != 0);
    for (; j < n; j += 4) {
      const left = n - j;
      let sum = start != 0 ? loadFirst(before + j * 4, left) : f32x4.splat(0);
      let from = b + j * 4;
      let factor = a;
      for (let i = 0; i < k; i++, from += bRow, factor += aStep) {
        sum = fma(v128.load_splat<f32>(factor), loadFirst(from, left), sum);
      }
      storeFirst(c + j * 4, sum, left);
    }
    return;
  }
  for (let j = 0; j < n; j++, b += bColumn) {
    let sum: f32 = start != 0 ? load<f32>(before + j * 4) : 0;
    if (bRow == 4 && aStep == 4) sum += dot(k, a, b);
    else for (let i = 0; i < k; i++) sum += load<f32>(a + i * aStep) * load<f32>(b + i * bRow);
    store<f32>(c + j * 4, sum);
  }
}

/** 32 columns. */
function along(k: i32, a: usize, aStep: usize, b: usize, bRow: usize, c: usize, before: usize, isStarted: bool): void {
  let c0 = f32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  let c4 = c0;
  let c5 = c0;
  let c6 = c0;
  let c7 = c0;
  if (isStarted) {
    c0 = v128.load(before);
    c1 = v128.load(before, 16);
    c2 = v128.load(before, 32);
    c3 = v128.load(before, 48);
    c4 = v128.load(before, 64);
    c5 = v128.load(before, 80);
    c6 = v128.load(before, 96);
    c7 = v128.load(before, 112);
  }
  for (; k > 0; k--, a += aStep, b += bRow) {
    const x = v128.load_splat<f32>(a);
    c0 = fma(x, v128.load(b), c0);
    c1 = fma(x, v128.load(b, 16), c1);
    c2 = fma(x, v128.load(b, 32), c2);
    c3 = fma(x, v128.load(b, 48), c3);
    c4 = fma(x, v128.load(b, 64), c4);
    c5 = fma(x, v128.load(b, 80), c5);
    c6 = fma(x, v128.load(b, 96), c6);
    c7 = fma(x, v128.load(b, 112), c7);
  }
  v128.store(c, c0);
  v128.store(c, c1, 16);
  v128.store(c, c2, 32);
  v128.store(c, c3, 48);
  v128.store(c, c4, 64);
  v128.store(c, c5, 80);
  v128.store(c, c6, 96);
  v128.store(c, c7, 112);
}

/** The scalar product of two contiguous rows. */
export function dot(k: i32, a: usize, b: usize): f32 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (; k >= 16; k -= 16, a += 64, b += 64) {
    s0 = fma(v128.load(a), v128.load(b), s0);
    s1 = fma(v128.load(a, 16), v128.load(b, 16), s1);
    s2 = fma(v128.load(a, 32), v128.load(b, 32), s2);
    s3 = fma(v128.load(a, 48), v128.load(b, 48), s3);
  }
  for (; k > 0; k -= 4, a += 16, b += 16) s0 = fma(loadFirst(a, k), loadFirst(b, k), s0);
  return sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
}
