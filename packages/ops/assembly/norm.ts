/**
 * Layer norm of rows [rows, width]: z = (x - mean) rstd, y = z gamma + beta, rstd = 1 / sqrt(variance + epsilon).
 *
 * gamma and beta are addresses of [width], or 0 for ones and zeros. Statistics are taken in two passes over a row that is in the cache.
 */
import { fma, loadFirst, storeFirst, sumLanes } from './simd';

export function layerNorm(
  rows: i32,
  width: i32,
  epsilon: f32,
  x: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  mean: usize,
  rstd: usize,
): void {
  const bytes = (<usize>width) << 2;
  for (let row = 0; row < rows; row++, x += bytes, y += bytes) {
    const level = sumRow(x, width) / <f32>width;
    const m = f32x4.splat(level);
    const scale = <f32>1 / sqrt<f32>(squaresAround(x, width, m) / <f32>width + epsilon);
    const r = f32x4.splat(scale);
    store<f32>(mean + (row << 2), level);
    store<f32>(rstd + (row << 2), scale);
    let j = 0;
    if (gamma && beta) {
      for (; j + 8 <= width; j += 8) {
        const at: usize = j << 2;
        const a = f32x4.mul(f32x4.sub(v128.load(x + at), m), r);
        const b = f32x4.mul(f32x4.sub(v128.load(x + at, 16), m), r);
        const c = f32x4.add(f32x4.mul(a, v128.load(gamma + at)), v128.load(beta + at));
        const d = f32x4.add(f32x4.mul(b, v128.load(gamma + at, 16)), v128.load(beta + at, 16));
        v128.store(y + at, c);
        v128.store(y + at, d, 16);
      }
    }
    for (; j < width; j += 4) {
      const at: usize = j << 2;
      const left = width - j;
      let z = f32x4.mul(f32x4.sub(loadFirst(x + at, left), m), r);
      if (gamma) z = f32x4.mul(z, loadFirst(gamma + at, left));
      if (beta) z = f32x4.add(z, loadFirst(beta + at, left));
      storeFirst(y + at, z, left);
    }
  }
}

/** With dz = dy gamma: dx = rstd (dz - mean(dz) - z mean(dz z)), dgamma = sum dy z, dbeta = sum dy; the last two only with gamma. */
export function layerNormGrad(
  rows: i32,
  width: i32,
  dy: usize,
  x: usize,
  mean: usize,
  rstd: usize,
  gamma: usize,
  dx: usize,
  dgamma: usize,
  dbeta: usize,
): void {
  const bytes = (<usize>width) << 2;
  if (gamma) {
    memory.fill(dgamma, 0, bytes);
    memory.fill(dbeta, 0, bytes);
  }
  for (let row = 0; row < rows; row++, x += bytes, dy += bytes, dx += bytes) {
    const m = v128.load_splat<f32>(mean + (row << 2));
    const r = v128.load_splat<f32>(rstd + (row << 2));
    let sum = f32x4.splat(0);
    let sumB = f32x4.splat(0);
    let sumZ = f32x4.splat(0);
    let sumZB = f32x4.splat(0);
    let j = 0;
    if (gamma) {
      for (; j + 8 <= width; j += 8) {
        const at: usize = j << 2;
        const a = v128.load(dy + at);
        const b = v128.load(dy + at, 16);
        const z = f32x4.mul(f32x4.sub(v128.load(x + at), m), r);
        const zB = f32x4.mul(f32x4.sub(v128.load(x + at, 16), m), r);
        const scale = fma(a, z, v128.load(dgamma + at));
        const scaleB = fma(b, zB, v128.load(dgamma + at, 16));
        const shift = f32x4.add(a, v128.load(dbeta + at));
        const shiftB = f32x4.add(b, v128.load(dbeta + at, 16));
        const d = f32x4.mul(a, v128.load(gamma + at));
        const dB = f32x4.mul(b, v128.load(gamma + at, 16));
        sum = f32x4.add(sum, d);
        sumB = f32x4.add(sumB, dB);
        sumZ = fma(d, z, sumZ);
        sumZB = fma(dB, zB, sumZB);
        v128.store(dgamma + at, scale);
        v128.store(dgamma + at, scaleB, 16);
        v128.store(dbeta + at, shift);
        v128.store(dbeta + at, shiftB, 16);
      }
    }
    for (; j < width; j += 4) {
      const at: usize = j << 2;
      const left = width - j;
      let d = loadFirst(dy + at, left);
      // Beyond the row z is not 0, but d is.
      const z = f32x4.mul(f32x4.sub(loadFirst(x + at, left), m), r);
      if (gamma) {
        storeFirst(dgamma + at, fma(d, z, loadFirst(dgamma + at, left)), left);
        storeFirst(dbeta + at, f32x4.add(d, loadFirst(dbeta + at, left)), left);
        d = f32x4.mul(d, loadFirst(gamma + at, left));
      }
      sum = f32x4.add(sum, d);
      sumZ = fma(d, z, sumZ);
    }
    const level = f32x4.splat(sumLanes(f32x4.add(sum, sumB)) / <f32>width);
    const slope = f32x4.splat(sumLanes(f32x4.add(sumZ, sumZB)) / <f32>width);
    j = 0;
    if (gamma) {
      for (; j + 8 <= width; j += 8) {
        const at: usize = j << 2;
        const d = f32x4.mul(v128.load(dy + at), v128.load(gamma + at));
        const dB = f32x4.mul(v128.load(dy + at, 16), v128.load(gamma + at, 16));
        const z = f32x4.mul(f32x4.sub(v128.load(x + at), m), r);
        const zB = f32x4.mul(f32x4.sub(v128.load(x + at, 16), m), r);
        const to = f32x4.mul(r, f32x4.sub(f32x4.sub(d, level), f32x4.mul(z, slope)));
        const toB = f32x4.mul(r, f32x4.sub(f32x4.sub(dB, level), f32x4.mul(zB, slope)));
        v128.store(dx + at, to);
        v128.store(dx + at, toB, 16);
      }
    }
    for (; j < width; j += 4) {
      const at: usize = j << 2;
      const left = width - j;
      let d = loadFirst(dy + at, left);
      if (gamma) d = f32x4.mul(d, loadFirst(gamma + at, left));
      const z = f32x4.mul(f32x4.sub(loadFirst(x + at, left), m), r);
      storeFirst(dx + at, f32x4.mul(r, f32x4.sub(f32x4.sub(d, level), f32x4.mul(z, slope))), left);
    }
  }
}

/** Sum of a row in four chains for every lane. */
export function sumRow(x: usize, width: i32): f32 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  for (; width >= 16; width -= 16, x += 64) {
    a = f32x4.add(a, v128.load(x));
    b = f32x4.add(b, v128.load(x, 16));
    c = f32x4.add(c, v128.load(x, 32));
    d = f32x4.add(d, v128.load(x, 48));
  }
  for (; width > 0; width -= 4, x += 16) a = f32x4.add(a, loadFirst(x, width));
  return sumLanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

function squaresAround(x: usize, width: i32, mean: v128): f32 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  for (; width >= 8; width -= 8, x += 32) {
    const u = f32x4.sub(v128.load(x), mean);
    const v = f32x4.sub(v128.load(x, 16), mean);
    a = fma(u, u, a);
    b = fma(v, v, b);
  }
  for (; width >= 4; width -= 4, x += 16) {
    const u = f32x4.sub(v128.load(x), mean);
    a = fma(u, u, a);
  }
  let sum = sumLanes(f32x4.add(a, b));
  const level = f32x4.extract_lane(mean, 0);
  for (; width > 0; width--, x += 4) {
    const u = load<f32>(x) - level;
    sum += u * u;
  }
  return sum;
}
