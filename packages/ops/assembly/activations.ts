/**
 * Activations of `n` numbers and their slopes times dy. Phi is the normal distribution function, s the logistic function,
 * u = 2 sqrt(2/pi) (x + 0.044715 x^3), so that (1 + tanh(u / 2)) / 2 = s(u).
 */
import { fma, loadFirst, storeFirst } from './simd';
import { bell, normalCdf, sigmoid } from './transcendental';

/** y = x Phi(x). */
export function gelu(n: i32, x: usize, y: usize): void {
  for (; n > 0; n -= 4, x += 16, y += 16) storeFirst(y, geluOf(loadFirst(x, n)), n);
}

/** dx = dy (Phi(x) + x phi(x)). */
export function geluGrad(n: i32, dy: usize, x: usize, dx: usize): void {
  for (; n > 0; n -= 4, x += 16, dy += 16, dx += 16) {
    storeFirst(dx, f32x4.mul(loadFirst(dy, n), geluSlope(loadFirst(x, n))), n);
  }
}

/** y = x s(u). */
export function geluTanh(n: i32, x: usize, y: usize): void {
  for (; n > 0; n -= 4, x += 16, y += 16) storeFirst(y, geluTanhOf(loadFirst(x, n)), n);
}

/** dx = dy (s + x s (1 - s) u'). */
export function geluTanhGrad(n: i32, dy: usize, x: usize, dx: usize): void {
  for (; n > 0; n -= 4, x += 16, dy += 16, dx += 16) {
    storeFirst(dx, f32x4.mul(loadFirst(dy, n), geluTanhSlope(loadFirst(x, n))), n);
  }
}

/** y = x s(x). */
export function silu(n: i32, x: usize, y: usize): void {
  for (; n > 0; n -= 4, x += 16, y += 16) {
    const v = loadFirst(x, n);
    storeFirst(y, f32x4.mul(v, sigmoid(v)), n);
  }
}

/** dx = dy s (1 + x (1 - s)). */
export function siluGrad(n: i32, dy: usize, x: usize, dx: usize): void {
  for (; n > 0; n -= 4, x += 16, dy += 16, dx += 16) {
    storeFirst(dx, f32x4.mul(loadFirst(dy, n), siluSlope(loadFirst(x, n))), n);
  }
}

// @inline
export function geluOf(x: v128): v128 {
  return f32x4.mul(x, normalCdf(x, bell(x)));
}

// @inline
function geluSlope(x: v128): v128 {
  const e = bell(x);
  return fma(f32x4.mul(x, e), f32x4.splat(0.39894228), normalCdf(x, e));
}

// @inline
function geluTanhOf(x: v128): v128 {
  const xx = f32x4.mul(x, x);
  const u = f32x4.mul(x, fma(xx, f32x4.splat(0.0713548162), f32x4.splat(1.59576912)));
  return f32x4.mul(x, sigmoid(u));
}

// @inline
function geluTanhSlope(x: v128): v128 {
  const xx = f32x4.mul(x, x);
  const s = sigmoid(f32x4.mul(x, fma(xx, f32x4.splat(0.0713548162), f32x4.splat(1.59576912))));
  const inner = f32x4.mul(x, fma(xx, f32x4.splat(0.214064449), f32x4.splat(1.59576912)));
  return fma(f32x4.mul(inner, s), f32x4.sub(f32x4.splat(1), s), s);
}

// @inline
function siluSlope(x: v128): v128 {
  const s = sigmoid(x);
  return fma(f32x4.mul(x, s), f32x4.sub(f32x4.splat(1), s), s);
}
