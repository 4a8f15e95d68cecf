/** y = average + gain (x - average) for `n` numbers: a running average moves towards x. */
import { fma, loadFirst, storeFirst } from './simd';

export function ema(n: i32, gain: f32, average: usize, x: usize, y: usize): void {
  const share = f32x4.splat(gain);
  for (let at: usize = 0; n > 0; n -= 4, at += 16) {
    const before = loadFirst(average + at, n);
    storeFirst(y + at, fma(f32x4.sub(loadFirst(x + at, n), before), share, before), n);
  }
}
