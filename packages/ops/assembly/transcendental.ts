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

/** exp(x) of any x: `expNegative` scaled in two steps, since 2^n reaches beyond the largest number. Infinite above 88.72, 0 below -87.33. */
// @inline
export function exp(x: v128): v128 {
  const magic = f32x4.splat(12582912);
  const clamped = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87.33654)), f32x4.splat(88.8));
  const n = f32x4.sub(fma(clamped, f32x4.splat(1.44269504), magic), magic);
  const half = f32x4.add(f32x4.mul(n, f32x4.splat(0.5)), magic);
  const rest = f32x4.add(f32x4.sub(n, f32x4.sub(half, magic)), magic);
  let r = fma(n, f32x4.splat(-0.693359375), clamped);
  r = fma(n, f32x4.splat(2.1219444e-4), r);
  let p = fma(r, f32x4.splat(0.00139013179), f32x4.splat(0.00836308577));
  p = fma(p, r, f32x4.splat(0.0416668525));
  p = fma(p, r, f32x4.splat(0.166665776));
  p = fma(p, r, f32x4.splat(0.499999996));
  p = fma(p, f32x4.mul(r, r), r);
  p = f32x4.add(p, f32x4.splat(1));
  const bias = i32x4.splat(127);
  p = f32x4.mul(p, i32x4.shl(i32x4.add(half, bias), 23));
  p = f32x4.mul(p, i32x4.shl(i32x4.add(rest, bias), 23));
  return v128.andnot(p, f32x4.lt(x, f32x4.splat(-87.33654)));
}

/** tanh(x): below 0.6 an odd polynomial, beyond it (1 - e) / (1 + e) with e = exp(-2|x|). */
// @inline
export function tanh(x: v128): v128 {
  const one = f32x4.splat(1);
  const size = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = fma(z, f32x4.splat(0.00221308719), f32x4.splat(-0.00824655702));
  p = fma(p, z, f32x4.splat(0.0217254753));
  p = fma(p, z, f32x4.splat(-0.0539506145));
  p = fma(p, z, f32x4.splat(0.133332293));
  p = fma(p, z, f32x4.splat(-0.33333331));
  const near = fma(f32x4.mul(x, z), p, x);
  const e = expNegative(f32x4.mul(size, f32x4.splat(-2)));
  const far = f32x4.div(f32x4.sub(one, e), f32x4.add(one, e));
  const sign = v128.and(x, f32x4.splat(-0.0));
  return v128.bitselect(near, v128.or(far, sign), f32x4.lt(size, f32x4.splat(0.6)));
}

/** erf(x): below 0.9 an odd polynomial, beyond it 1 - 2 (1 - Phi(|x| sqrt 2)). */
// @inline
export function erf(x: v128): v128 {
  const size = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = fma(z, f32x4.splat(8.51310235e-5), f32x4.splat(-0.000817563887));
  p = fma(p, z, f32x4.splat(0.00520385912));
  p = fma(p, z, f32x4.splat(-0.0268605084));
  p = fma(p, z, f32x4.splat(0.11283715));
  p = fma(p, z, f32x4.splat(-0.37612635));
  p = fma(p, z, f32x4.splat(1.12837917));
  const scaled = f32x4.mul(size, f32x4.splat(1.41421356));
  const tail = normalCdf(f32x4.neg(scaled), bell(scaled));
  const far = fma(tail, f32x4.splat(-2), f32x4.splat(1));
  const sign = v128.and(x, f32x4.splat(-0.0));
  return v128.bitselect(f32x4.mul(x, p), v128.or(far, sign), f32x4.lt(size, f32x4.splat(0.9)));
}
