/**
 * Activations of `n` numbers, and their slopes times dy. Phi is the normal distribution function, s the logistic function,
 * u = 2 sqrt(2/pi) (x + 0.044715 x^3), so that (1 + tanh(u / 2)) / 2 = s(u).
 *
 * Four vectors at a time: V8 builds every vector constant anew in each round of a loop, which costs more than the arithmetic.
 */
import { fma, loadFirst, storeFirst } from './simd';
import { addTo } from './sums';
import { bell, normalCdf, sigmoid } from './transcendental';

/** In the order in which `activated` numbers them. */
const enum Kind {
  Gelu,
  GeluTanh,
  Silu,
}

/** y = x Phi(x). */
export function gelu(n: i32, x: usize, y: usize): void {
  map(Kind.Gelu, n, x, y);
}

/** dx = dy (Phi(x) + x phi(x)). */
export function geluGrad(n: i32, dy: usize, x: usize, dx: usize): void {
  mapGrad(Kind.Gelu, n, dy, x, dx);
}

/** y = x s(u). */
export function geluTanh(n: i32, x: usize, y: usize): void {
  map(Kind.GeluTanh, n, x, y);
}

/** dx = dy (s + x s (1 - s) u'). */
export function geluTanhGrad(n: i32, dy: usize, x: usize, dx: usize): void {
  mapGrad(Kind.GeluTanh, n, dy, x, dx);
}

/** y = x s(x). */
export function silu(n: i32, x: usize, y: usize): void {
  map(Kind.Silu, n, x, y);
}

/** dx = dy s (1 + x (1 - s)). */
export function siluGrad(n: i32, dy: usize, x: usize, dx: usize): void {
  mapGrad(Kind.Silu, n, dy, x, dx);
}

/** y = activation(z) + rest; no rest is address 0. */
export function activated(kind: i32, n: i32, z: usize, rest: usize, y: usize): void {
  if (kind == Kind.Gelu) gelu(n, z, y);
  else if (kind == Kind.GeluTanh) geluTanh(n, z, y);
  else silu(n, z, y);
  if (rest) addTo(n, rest, y);
}

// @inline
function map(kind: Kind, n: i32, x: usize, y: usize): void {
  for (; n >= 16; n -= 16, x += 64, y += 64) {
    v128.store(y, valueOf(kind, v128.load(x)));
    v128.store(y, valueOf(kind, v128.load(x, 16)), 16);
    v128.store(y, valueOf(kind, v128.load(x, 32)), 32);
    v128.store(y, valueOf(kind, v128.load(x, 48)), 48);
  }
  for (; n > 0; n -= 4, x += 16, y += 16) storeFirst(y, valueOf(kind, loadFirst(x, n)), n);
}

// @inline
function mapGrad(kind: Kind, n: i32, dy: usize, x: usize, dx: usize): void {
  for (; n >= 16; n -= 16, x += 64, dy += 64, dx += 64) {
    v128.store(dx, f32x4.mul(v128.load(dy), slopeOf(kind, v128.load(x))));
    v128.store(dx, f32x4.mul(v128.load(dy, 16), slopeOf(kind, v128.load(x, 16))), 16);
    v128.store(dx, f32x4.mul(v128.load(dy, 32), slopeOf(kind, v128.load(x, 32))), 32);
    v128.store(dx, f32x4.mul(v128.load(dy, 48), slopeOf(kind, v128.load(x, 48))), 48);
  }
  for (; n > 0; n -= 4, x += 16, dy += 16, dx += 16) {
    storeFirst(dx, f32x4.mul(loadFirst(dy, n), slopeOf(kind, loadFirst(x, n))), n);
  }
}

// @inline
function valueOf(kind: Kind, x: v128): v128 {
  if (kind == Kind.Gelu) return f32x4.mul(x, normalCdf(x, bell(x)));
  if (kind == Kind.Silu) return f32x4.mul(x, sigmoid(x));
  const xx = f32x4.mul(x, x);
  return f32x4.mul(x, sigmoid(f32x4.mul(x, fma(xx, f32x4.splat(0.0713548162), f32x4.splat(1.59576912)))));
}

// @inline
function slopeOf(kind: Kind, x: v128): v128 {
  const one = f32x4.splat(1);
  if (kind == Kind.Gelu) {
    const e = bell(x);
    return fma(f32x4.mul(x, e), f32x4.splat(0.39894228), normalCdf(x, e));
  }
  if (kind == Kind.Silu) {
    const s = sigmoid(x);
    return fma(f32x4.mul(x, s), f32x4.sub(one, s), s);
  }
  const xx = f32x4.mul(x, x);
  const s = sigmoid(f32x4.mul(x, fma(xx, f32x4.splat(0.0713548162), f32x4.splat(1.59576912))));
  const inner = f32x4.mul(x, fma(xx, f32x4.splat(0.214064449), f32x4.splat(1.59576912)));
  return fma(f32x4.mul(inner, s), f32x4.sub(one, s), s);
}
