/** Cross-entropy of rows of logits [rows, width]. */
import { fma, loadFirst, storeFirst, sumLanes } from './simd';
import { sumRow } from './norm';
import { expNegative, log } from './transcendental';

/** loss [rows] = -sum of p log softmax(x) = logSumExp(x) sum(p) - p x; also writes logSumExp [rows]. */
export function crossEntropy(rows: i32, width: i32, p: usize, x: usize, loss: usize, lse: usize): void {
  const bytes = (<usize>width) << 2;
  for (let row = 0; row < rows; row++, x += bytes, p += bytes) {
    const level = logSumExp(x, width);
    store<f32>(lse + (row << 2), level);
    // p (level - x) rather than the difference of two large sums.
    const top = f32x4.splat(level);
    let sum = f32x4.splat(0);
    for (let j = 0; j < width; j += 4) {
      const at: usize = j << 2;
      sum = fma(loadFirst(p + at, width - j), f32x4.sub(top, loadFirst(x + at, width - j)), sum);
    }
    store<f32>(loss + (row << 2), sumLanes(sum));
  }
}

/** dx = dy (softmax(x) sum(p) - p), dp = dy (lse - x). */
export function crossEntropyGrad(
  rows: i32,
  width: i32,
  dy: usize,
  p: usize,
  x: usize,
  lse: usize,
  dp: usize,
  dx: usize,
): void {
  const bytes = (<usize>width) << 2;
  for (let row = 0; row < rows; row++, x += bytes, p += bytes, dp += bytes, dx += bytes) {
    const slope = v128.load_splat<f32>(dy + (row << 2));
    const level = v128.load_splat<f32>(lse + (row << 2));
    const mass = f32x4.splat(sumRow(p, width));
    for (let j = 0; j < width; j += 4) {
      const left = width - j;
      const at: usize = j << 2;
      const below = f32x4.sub(loadFirst(x + at, left), level);
      const change = f32x4.sub(f32x4.mul(expNegative(below), mass), loadFirst(p + at, left));
      storeFirst(dx + at, f32x4.mul(slope, change), left);
      storeFirst(dp + at, f32x4.neg(f32x4.mul(slope, below)), left);
    }
  }
}

/** log of the sum of exp(x) over a row. */
function logSumExp(x: usize, width: i32): f32 {
  const top = largest(x, width);
  const shift = f32x4.splat(top);
  let sums = f32x4.splat(0);
  let sum: f32 = 0;
  let j = 0;
  for (; j + 8 <= width; j += 8) {
    const at: usize = j << 2;
    const a = expNegative(f32x4.sub(v128.load(x + at), shift));
    const b = expNegative(f32x4.sub(v128.load(x + at, 16), shift));
    sums = f32x4.add(sums, f32x4.add(a, b));
  }
  for (; j < width; j++) {
    sum += f32x4.extract_lane(expNegative(f32x4.sub(v128.load32_zero(x + (j << 2)), shift)), 0);
  }
  return top + f32x4.extract_lane(log(f32x4.splat(sum + sumLanes(sums))), 0);
}

/** The largest number of a row; NaN may be lost here, but not in the sums that follow. */
function largest(x: usize, width: i32): f32 {
  let tops = f32x4.splat(-Infinity);
  let others = tops;
  let j = 0;
  for (; j + 8 <= width; j += 8) {
    tops = f32x4.pmax(tops, v128.load(x + (j << 2)));
    others = f32x4.pmax(others, v128.load(x + (j << 2), 16));
  }
  tops = f32x4.pmax(tops, others);
  for (; j + 4 <= width; j += 4) tops = f32x4.pmax(tops, v128.load(x + (j << 2)));
  let top = max<f32>(
    max<f32>(f32x4.extract_lane(tops, 0), f32x4.extract_lane(tops, 1)),
    max<f32>(f32x4.extract_lane(tops, 2), f32x4.extract_lane(tops, 3)),
  );
  for (; j < width; j++) top = max<f32>(top, load<f32>(x + (j << 2)));
  return top;
}
