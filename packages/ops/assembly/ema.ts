/** y = average + gain (x - average) for `n` numbers: a running average moves towards x. */
import { fma, loadFirst, storeFirst } from './simd';

export function ema(n: i32, gain: f32, average: usize, x: usize, y: usize): void {
  const share = f32x4.splat(gain);
  let at: usize = 0;
  for (; n >= 8; n -= 8, at += 32) {
    const before = v128.load(average + at);
    const beforeB = v128.load(average + at, 16);
    const next = fma(f32x4.sub(v128.load(x + at), before), share, before);
    const nextB = fma(f32x4.sub(v128.load(x + at, 16), beforeB), share, beforeB);
    v128.store(y + at, next);
    v128.store(y + at, nextB, 16);
  }
  for (; n > 0; n -= 4, at += 16) {
    const before = loadFirst(average + at, n);
    storeFirst(y + at, fma(f32x4.sub(loadFirst(x + at, n), before), share, before), n);
  }
}
