/** Arithmetic of `n` pairs of numbers, z = x op y. */
import { loadFirst, storeFirst } from './simd';

const enum Kind {
  Add,
  Subtract,
  Multiply,
  SquaredDifference,
}

export function add(n: i32, x: usize, y: usize, z: usize): void {
  map(Kind.Add, n, x, y, z);
}

export function subtract(n: i32, x: usize, y: usize, z: usize): void {
  map(Kind.Subtract, n, x, y, z);
}

export function multiply(n: i32, x: usize, y: usize, z: usize): void {
  map(Kind.Multiply, n, x, y, z);
}

export function squaredDifference(n: i32, x: usize, y: usize, z: usize): void {
  map(Kind.SquaredDifference, n, x, y, z);
}

// @inline
function map(kind: Kind, n: i32, x: usize, y: usize, z: usize): void {
  for (; n >= 16; n -= 16, x += 64, y += 64, z += 64) {
    v128.store(z, valueOf(kind, v128.load(x), v128.load(y)));
    v128.store(z, valueOf(kind, v128.load(x, 16), v128.load(y, 16)), 16);
    v128.store(z, valueOf(kind, v128.load(x, 32), v128.load(y, 32)), 32);
    v128.store(z, valueOf(kind, v128.load(x, 48), v128.load(y, 48)), 48);
  }
  for (; n > 0; n -= 4, x += 16, y += 16, z += 16) storeFirst(z, valueOf(kind, loadFirst(x, n), loadFirst(y, n)), n);
}

// @inline
function valueOf(kind: Kind, x: v128, y: v128): v128 {
  if (kind == Kind.Add) return f32x4.add(x, y);
  if (kind == Kind.Multiply) return f32x4.mul(x, y);
  const difference = f32x4.sub(x, y);
  return kind == Kind.Subtract ? difference : f32x4.mul(difference, difference);
}
