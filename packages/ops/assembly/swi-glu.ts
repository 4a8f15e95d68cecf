/** SwiGLU of rows [rows, 2 width], a and b side by side: y = a s(a) b, s the logistic function. */
import { fma, loadFirst, storeFirst } from './simd';
import { sigmoid } from './transcendental';

export function swiGlu(rows: i32, width: i32, x: usize, y: usize): void {
  const half: usize = width << 2;
  for (let row = 0; row < rows; row++, x += 2 * half, y += half) {
    let j = 0;
    for (; j + 8 <= width; j += 8) {
      const at: usize = j << 2;
      const a = v128.load(x + at);
      const b = v128.load(x + at, 16);
      v128.store(y + at, f32x4.mul(f32x4.mul(a, sigmoid(a)), v128.load(x + half + at)));
      v128.store(y + at, f32x4.mul(f32x4.mul(b, sigmoid(b)), v128.load(x + half + at, 16)), 16);
    }
    for (; j < width; j += 4) {
      const left = width - j;
      const at: usize = j << 2;
      const a = loadFirst(x + at, left);
      storeFirst(y + at, f32x4.mul(f32x4.mul(a, sigmoid(a)), loadFirst(x + half + at, left)), left);
    }
  }
}

/** da = dy b s (1 + a (1 - s)), db = dy a s. */
export function swiGluGrad(rows: i32, width: i32, dy: usize, x: usize, dx: usize): void {
  const half: usize = width << 2;
  const one = f32x4.splat(1);
  for (let row = 0; row < rows; row++, x += 2 * half, dx += 2 * half, dy += half) {
    for (let j = 0; j < width; j += 4) {
      const left = width - j;
      const at: usize = j << 2;
      const a = loadFirst(x + at, left);
      const b = loadFirst(x + half + at, left);
      const slope = loadFirst(dy + at, left);
      const s = sigmoid(a);
      const value = f32x4.mul(a, s);
      storeFirst(dx + at, f32x4.mul(f32x4.mul(slope, b), fma(value, f32x4.sub(one, s), s)), left);
      storeFirst(dx + half + at, f32x4.mul(slope, value), left);
    }
  }
}
