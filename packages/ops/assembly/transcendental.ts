/**
 * Exponential and its relatives on four lanes. NaN stays NaN; relative errors below 4e-7 (about 3 units in the last place).
 */
import { fma } from './simd';

/**
 * exp(x) for x <= 0 (and NaN), all that logistic functions and softmax need: 2^n exp(r) with n = round(x / ln 2) and a polynomial in
 * |r| <= ln 2 / 2 (minimax, relative error 1e-8). Below -87.33 it stays at the smallest normal number.
 *
 * Adding 1.5 * 2^23 rounds and leaves n in the low bits, from where it moves into the exponent.
 */
// @inline
export function expNegative(x: v128): v128 {
  const magic = f32x4.splat(12582912);
  // The argument first, so that NaN passes.
  const clamped = f32x4.pmax(x, f32x4.splat(-87.33654));
  const shifted = fma(clamped, f32x4.splat(1.44269504), magic);
  const n = f32x4.sub(shifted, magic);
  let r = fma(n, f32x4.splat(-0.693359375), clamped);
  r = fma(n, f32x4.splat(2.1219444e-4), r);
  let p = fma(r, f32x4.splat(0.00139013179), f32x4.splat(0.00836308577));
  p = fma(p, r, f32x4.splat(0.0416668525));
  p = fma(p, r, f32x4.splat(0.166665776));
  p = fma(p, r, f32x4.splat(0.499999996));
  p = fma(p, f32x4.mul(r, r), r);
  p = f32x4.add(p, f32x4.splat(1));
  return f32x4.mul(p, i32x4.shl(i32x4.add(shifted, i32x4.splat(127)), 23));
}

/** 1 / (1 + exp(-x)), from exp(-|x|), so that neither tail overflows. */
// @inline
export function sigmoid(x: v128): v128 {
  const e = expNegative(f32x4.neg(f32x4.abs(x)));
  const isNegative = f32x4.lt(x, f32x4.splat(0));
  return f32x4.div(v128.bitselect(e, f32x4.splat(1), isNegative), f32x4.add(f32x4.splat(1), e));
}

/** exp(-x^2 / 2). */
// @inline
export function bell(x: v128): v128 {
  return expNegative(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
}

/**
 * Phi(x) = (1 + erf(x / sqrt 2)) / 2, given e = bell(x): with z = |x| / sqrt 2 and t = 1 / (1 + 0.4 z) the tail is e t P(t) / 2,
 * P minimax for erfc(z) exp(z^2) / t.
 */
// @inline
export function normalCdf(x: v128, e: v128): v128 {
  const one = f32x4.splat(1);
  const t = f32x4.div(one, fma(f32x4.abs(x), f32x4.splat(0.282842712), one));
  let p = fma(t, f32x4.splat(0.0402677669), f32x4.splat(-0.13547239));
  p = fma(p, t, f32x4.splat(0.0738447972));
  p = fma(p, t, f32x4.splat(0.099726586));
  p = fma(p, t, f32x4.splat(0.0715103466));
  p = fma(p, t, f32x4.splat(0.196962173));
  p = fma(p, t, f32x4.splat(0.200958798));
  p = fma(p, t, f32x4.splat(0.22657568));
  p = fma(p, t, f32x4.splat(0.2256263));
  const tail = f32x4.mul(f32x4.mul(f32x4.mul(p, t), f32x4.splat(0.5)), e);
  return v128.bitselect(tail, f32x4.sub(one, tail), f32x4.lt(x, f32x4.splat(0)));
}

/**
 * log(x) for x >= 0: with x = 2^n m, m in [sqrt 1/2, sqrt 2) and s = (m - 1) / (m + 1) it is n ln 2 + 2 artanh(s). log(0) is
 * -infinity, that of a negative number NaN.
 */
// @inline
export function log(x: v128): v128 {
  const one = f32x4.splat(1);
  // Exponent relative to sqrt 1/2 (bits 0x3f3504f3), so that the mantissa lies around 1.
  const n = i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23);
  const m = i32x4.sub(x, i32x4.shl(n, 23));
  const s = f32x4.div(f32x4.sub(m, one), f32x4.add(m, one));
  const z = f32x4.mul(s, s);
  let p = fma(z, f32x4.splat(0.222222222), f32x4.splat(0.285714286));
  p = fma(p, z, f32x4.splat(0.4));
  p = fma(p, z, f32x4.splat(0.666666667));
  p = fma(p, z, f32x4.splat(2));
  const whole = f32x4.convert_i32x4_s(n);
  const y = fma(whole, f32x4.splat(0.693359375), fma(whole, f32x4.splat(-2.1219444e-4), f32x4.mul(p, s)));
  const isInfinite = f32x4.eq(x, f32x4.splat(Infinity));
  const finite = v128.bitselect(x, y, isInfinite);
  const positive = v128.bitselect(f32x4.splat(-Infinity), finite, f32x4.eq(x, f32x4.splat(0)));
  return v128.bitselect(positive, f32x4.splat(NaN), f32x4.ge(x, f32x4.splat(0)));
}
