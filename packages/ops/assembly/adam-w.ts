/**
 * One step of AdamW on `n` numbers: m' = m + gain1 (g - m), v' = v + gain2 (g^2 - v), x' = kept x - step m' / (sqrt v' + epsilon).
 * The caller has put both bias corrections into `step` and `epsilon`, and the weight decay into `kept`. `factor` is the address of a
 * number that multiplies the gradient, or 0.
 */
import { fma, loadFirst, storeFirst } from './simd';

export function adamW(
  n: i32,
  gain1: f32,
  gain2: f32,
  step: f32,
  epsilon: f32,
  kept: f32,
  factor: usize,
  x: usize,
  g: usize,
  m: usize,
  v: usize,
  xNext: usize,
  mNext: usize,
  vNext: usize,
): void {
  const gainOfFirst = f32x4.splat(gain1);
  const gainOfSecond = f32x4.splat(gain2);
  const rate = f32x4.splat(-step);
  const floor = f32x4.splat(epsilon);
  const shrink = f32x4.splat(kept);
  const clip = factor == 0 ? f32x4.splat(1) : v128.load32_splat(factor);
  let at: usize = 0;
  for (; n >= 8; n -= 8, at += 32) {
    const slope = f32x4.mul(v128.load(g + at), clip);
    const slopeB = f32x4.mul(v128.load(g + at, 16), clip);
    const before1 = v128.load(m + at);
    const before1B = v128.load(m + at, 16);
    const before2 = v128.load(v + at);
    const before2B = v128.load(v + at, 16);
    const first = fma(f32x4.sub(slope, before1), gainOfFirst, before1);
    const firstB = fma(f32x4.sub(slopeB, before1B), gainOfFirst, before1B);
    const second = fma(f32x4.sub(f32x4.mul(slope, slope), before2), gainOfSecond, before2);
    const secondB = fma(f32x4.sub(f32x4.mul(slopeB, slopeB), before2B), gainOfSecond, before2B);
    const change = f32x4.div(first, f32x4.add(f32x4.sqrt(second), floor));
    const changeB = f32x4.div(firstB, f32x4.add(f32x4.sqrt(secondB), floor));
    const next = fma(change, rate, f32x4.mul(v128.load(x + at), shrink));
    const nextB = fma(changeB, rate, f32x4.mul(v128.load(x + at, 16), shrink));
    v128.store(mNext + at, first);
    v128.store(mNext + at, firstB, 16);
    v128.store(vNext + at, second);
    v128.store(vNext + at, secondB, 16);
    v128.store(xNext + at, next);
    v128.store(xNext + at, nextB, 16);
  }
  for (; n > 0; n -= 4, at += 16) {
    const slope = f32x4.mul(loadFirst(g + at, n), clip);
    const before1 = loadFirst(m + at, n);
    const before2 = loadFirst(v + at, n);
    const first = fma(f32x4.sub(slope, before1), gainOfFirst, before1);
    const second = fma(f32x4.sub(f32x4.mul(slope, slope), before2), gainOfSecond, before2);
    const change = f32x4.div(first, f32x4.add(f32x4.sqrt(second), floor));
    storeFirst(mNext + at, first, n);
    storeFirst(vNext + at, second, n);
    storeFirst(xNext + at, fma(change, rate, f32x4.mul(loadFirst(x + at, n), shrink)), n);
  }
}
