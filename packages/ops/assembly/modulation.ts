/** What a condition does to tokens x [batch, tokens, width]: modulation, and gated residuals. scale, shift and gate are [batch, width]. */
import { fma, loadFirst, storeFirst } from './simd';

/** y = x (1 + scale) + shift. */
export function modulate(batch: i32, tokens: i32, width: i32, x: usize, scale: usize, shift: usize, y: usize): void {
  const one = f32x4.splat(1);
  const row = width << 2;
  for (let image = 0; image < batch; image++, scale += row, shift += row) {
    for (let token = 0; token < tokens; token++, x += row, y += row) {
      for (let j = 0; j < width; j += 4) {
        const left = width - j;
        const at: usize = j << 2;
        const level = loadFirst(shift + at, left);
        storeFirst(y + at, fma(loadFirst(x + at, left), f32x4.add(one, loadFirst(scale + at, left)), level), left);
      }
    }
  }
}

/** dx = dy (1 + scale), dscale = sum over tokens of dy x, dshift = sum of dy. */
export function modulateGrad(
  batch: i32,
  tokens: i32,
  width: i32,
  dy: usize,
  x: usize,
  scale: usize,
  dx: usize,
  dscale: usize,
  dshift: usize,
): void {
  const one = f32x4.splat(1);
  const row = width << 2;
  memory.fill(dscale, 0, batch * row);
  memory.fill(dshift, 0, batch * row);
  for (let image = 0; image < batch; image++, scale += row, dscale += row, dshift += row) {
    for (let token = 0; token < tokens; token++, x += row, dy += row, dx += row) {
      for (let j = 0; j < width; j += 4) {
        const left = width - j;
        const at: usize = j << 2;
        const slope = loadFirst(dy + at, left);
        storeFirst(dx + at, f32x4.mul(slope, f32x4.add(one, loadFirst(scale + at, left))), left);
        storeFirst(dscale + at, fma(slope, loadFirst(x + at, left), loadFirst(dscale + at, left)), left);
        storeFirst(dshift + at, f32x4.add(slope, loadFirst(dshift + at, left)), left);
      }
    }
  }
}

/** y = x + gate branch. */
export function gatedAdd(batch: i32, tokens: i32, width: i32, x: usize, branch: usize, gate: usize, y: usize): void {
  const row = width << 2;
  for (let image = 0; image < batch; image++, gate += row) {
    for (let token = 0; token < tokens; token++, x += row, y += row, branch += row) {
      for (let j = 0; j < width; j += 4) {
        const left = width - j;
        const at: usize = j << 2;
        storeFirst(
          y + at,
          fma(loadFirst(gate + at, left), loadFirst(branch + at, left), loadFirst(x + at, left)),
          left,
        );
      }
    }
  }
}

/** dbranch = dy gate, dgate = sum over tokens of dy branch; dx is dy. */
export function gatedAddGrad(
  batch: i32,
  tokens: i32,
  width: i32,
  dy: usize,
  branch: usize,
  gate: usize,
  dbranch: usize,
  dgate: usize,
): void {
  const row = width << 2;
  memory.fill(dgate, 0, batch * row);
  for (let image = 0; image < batch; image++, gate += row, dgate += row) {
    for (let token = 0; token < tokens; token++, dy += row, branch += row, dbranch += row) {
      for (let j = 0; j < width; j += 4) {
        const left = width - j;
        const at: usize = j << 2;
        const slope = loadFirst(dy + at, left);
        storeFirst(dbranch + at, f32x4.mul(slope, loadFirst(gate + at, left)), left);
        storeFirst(dgate + at, fma(slope, loadFirst(branch + at, left), loadFirst(dgate + at, left)), left);
      }
    }
  }
}
