/** What a condition does to tokens x [batch, tokens, width]: modulation, and gated residuals. scale, shift and gate are [batch, width]. */
import { fma, loadFirst, storeFirst } from './simd';

/** y = x (1 + scale) + shift. */
export function modulate(batch: i32, tokens: i32, width: i32, x: usize, scale: usize, shift: usize, y: usize): void {
  const one = f32x4.splat(1);
  const row = width << 2;
  for (let image = 0; image < batch; image++, scale += row, shift += row) {
    for (let token = 0; token < tokens; token++, x += row, y += row) {
      let j = 0;
      for (; j + 8 <= width; j += 8) {
        const at: usize = j << 2;
        const level = v128.load(shift + at);
        const levelB = v128.load(shift + at, 16);
        const first = fma(v128.load(x + at), f32x4.add(one, v128.load(scale + at)), level);
        const firstB = fma(v128.load(x + at, 16), f32x4.add(one, v128.load(scale + at, 16)), levelB);
        v128.store(y + at, first);
        v128.store(y + at, firstB, 16);
      }
      for (; j < width; j += 4) {
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
      let j = 0;
      for (; j + 8 <= width; j += 8) {
        const at: usize = j << 2;
        const slope = v128.load(dy + at);
        const slopeB = v128.load(dy + at, 16);
        const first = f32x4.mul(slope, f32x4.add(one, v128.load(scale + at)));
        const firstB = f32x4.mul(slopeB, f32x4.add(one, v128.load(scale + at, 16)));
        const second = fma(slope, v128.load(x + at), v128.load(dscale + at));
        const secondB = fma(slopeB, v128.load(x + at, 16), v128.load(dscale + at, 16));
        const third = f32x4.add(slope, v128.load(dshift + at));
        const thirdB = f32x4.add(slopeB, v128.load(dshift + at, 16));
        v128.store(dx + at, first);
        v128.store(dx + at, firstB, 16);
        v128.store(dscale + at, second);
        v128.store(dscale + at, secondB, 16);
        v128.store(dshift + at, third);
        v128.store(dshift + at, thirdB, 16);
      }
      for (; j < width; j += 4) {
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
      let j = 0;
      for (; j + 8 <= width; j += 8) {
        const at: usize = j << 2;
        const sum = fma(v128.load(gate + at), v128.load(branch + at), v128.load(x + at));
        const sumB = fma(v128.load(gate + at, 16), v128.load(branch + at, 16), v128.load(x + at, 16));
        v128.store(y + at, sum);
        v128.store(y + at, sumB, 16);
      }
      for (; j < width; j += 4) {
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
      let j = 0;
      for (; j + 8 <= width; j += 8) {
        const at: usize = j << 2;
        const slope = v128.load(dy + at);
        const slopeB = v128.load(dy + at, 16);
        const first = f32x4.mul(slope, v128.load(gate + at));
        const firstB = f32x4.mul(slopeB, v128.load(gate + at, 16));
        const second = fma(slope, v128.load(branch + at), v128.load(dgate + at));
        const secondB = fma(slopeB, v128.load(branch + at, 16), v128.load(dgate + at, 16));
        v128.store(dbranch + at, first);
        v128.store(dbranch + at, firstB, 16);
        v128.store(dgate + at, second);
        v128.store(dgate + at, secondB, 16);
      }
      for (; j < width; j += 4) {
        const left = width - j;
        const at: usize = j << 2;
        const slope = loadFirst(dy + at, left);
        storeFirst(dbranch + at, f32x4.mul(slope, loadFirst(gate + at, left)), left);
        storeFirst(dgate + at, fma(slope, loadFirst(branch + at, left), loadFirst(dgate + at, left)), left);
      }
    }
  }
}
