/** Elementary functions of `n` numbers, y = f(x). Four vectors at a time, for the reason told in activations.ts. */
import { loadFirst, storeFirst } from './simd';
import { erf as erfOf, exp as expOf, log as logOf, sigmoid as sigmoidOf, tanh as tanhOf } from './transcendental';

const enum Kind {
  Exp,
  Log,
  Tanh,
  Erf,
  Sigmoid,
  Sqrt,
  Rsqrt,
}

export function exp(n: i32, x: usize, y: usize): void {
  map(Kind.Exp, n, x, y);
}

export function log(n: i32, x: usize, y: usize): void {
  map(Kind.Log, n, x, y);
}

export function tanh(n: i32, x: usize, y: usize): void {
  map(Kind.Tanh, n, x, y);
}

export function erf(n: i32, x: usize, y: usize): void {
  map(Kind.Erf, n, x, y);
}

export function sigmoid(n: i32, x: usize, y: usize): void {
  map(Kind.Sigmoid, n, x, y);
}

export function sqrtAll(n: i32, x: usize, y: usize): void {
  map(Kind.Sqrt, n, x, y);
}

export function rsqrt(n: i32, x: usize, y: usize): void {
  map(Kind.Rsqrt, n, x, y);
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
function valueOf(kind: Kind, x: v128): v128 {
  if (kind == Kind.Exp) return expOf(x);
  if (kind == Kind.Log) return logOf(x);
  if (kind == Kind.Tanh) return tanhOf(x);
  if (kind == Kind.Erf) return erfOf(x);
  if (kind == Kind.Sigmoid) return sigmoidOf(x);
  const root = f32x4.sqrt(x);
  return kind == Kind.Sqrt ? root : f32x4.div(f32x4.splat(1), root);
}
