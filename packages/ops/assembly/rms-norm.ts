/** Root mean square norm of rows [rows, width]: y = x rstd gamma, rstd = 1 / sqrt(mean(x^2) + epsilon). */
import { fma, loadFirst, storeFirst, sumLanes } from './simd';
import { dot } from './row-product';

export function rmsNorm(rows: i32, width: i32, epsilon: f32, x: usize, gamma: usize, y: usize, rstd: usize): void {
  const bytes = (<usize>width) << 2;
  for (let row = 0; row < rows; row++, x += bytes, y += bytes) {
    const scale = <f32>1 / sqrt<f32>(dot(width, x, x) / <f32>width + epsilon);
    store<f32>(rstd + (row << 2), scale);
    const r = f32x4.splat(scale);
    let j = 0;
    for (; j + 8 <= width; j += 8) {
      const at: usize = j << 2;
      const first = f32x4.mul(f32x4.mul(v128.load(x + at), r), v128.load(gamma + at));
      const firstB = f32x4.mul(f32x4.mul(v128.load(x + at, 16), r), v128.load(gamma + at, 16));
      v128.store(y + at, first);
      v128.store(y + at, firstB, 16);
    }
    for (; j < width; j += 4) {
      const left = width - j;
      const at: usize = j << 2;
      storeFirst(y + at, f32x4.mul(f32x4.mul(loadFirst(x + at, left), r), loadFirst(gamma + at, left)), left);
    }
  }
}

/** With dz = dy gamma: dx = rstd (dz - x rstd^2 mean(dz x)), dgamma = sum dy x rstd. */
export function rmsNormGrad(
  rows: i32,
  width: i32,
  dy: usize,
  x: usize,
  gamma: usize,
  rstd: usize,
  dx: usize,
  dgamma: usize,
): void {
  const bytes = (<usize>width) << 2;
  memory.fill(dgamma, 0, bytes);
  for (let row = 0; row < rows; row++, x += bytes, dy += bytes, dx += bytes) {
    const scale = load<f32>(rstd + (row << 2));
    const r = f32x4.splat(scale);
    let sum = f32x4.splat(0);
    for (let j = 0; j < width; j += 4) {
      const left = width - j;
      const at: usize = j << 2;
      const product = f32x4.mul(loadFirst(dy + at, left), loadFirst(x + at, left));
      storeFirst(dgamma + at, fma(product, r, loadFirst(dgamma + at, left)), left);
      sum = fma(product, loadFirst(gamma + at, left), sum);
    }
    const slope = f32x4.splat((-scale * scale * scale * sumLanes(sum)) / <f32>width);
    for (let j = 0; j < width; j += 4) {
      const left = width - j;
      const at: usize = j << 2;
      const dz = f32x4.mul(loadFirst(dy + at, left), loadFirst(gamma + at, left));
      storeFirst(dx + at, fma(loadFirst(x + at, left), slope, f32x4.mul(dz, r)), left);
    }
  }
}
