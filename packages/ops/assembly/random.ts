/**
 * Standard normal numbers of a key: number i is Phi^-1(u) with u = (floor(b / 2^12) + 1/2) / 2^52 and b the 64-bit word
 * threefry2x32(key, (0, first + i)), high word first. In double precision, rounded to float32 at the end.
 *
 * Threefry: Salmon et al. 2011, section 3.3. Phi^-1: Wichura 1988, algorithm AS 241 (PPND16).
 */

export function normals(n: i32, key0: u32, key1: u32, first: u32, y: usize): void {
  for (let i = 0; i < n; i++, y += 4) {
    const word = threefry(key0, key1, first + i);
    store<f32>(y, <f32>quantile((<f64>(word >> 12) + 0.5) * 2.220446049250313e-16));
  }
}

/** Twenty rounds on the counter (0, c), the words joined. */
function threefry(k0: u32, k1: u32, c: u32): u64 {
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  let x0 = k0;
  let x1 = c + k1;
  let rounds = four(x0, x1, 13, 15, 26, 6);
  x0 = high(rounds) + k1;
  x1 = low(rounds) + k2 + 1;
  rounds = four(x0, x1, 17, 29, 16, 24);
  x0 = high(rounds) + k2;
  x1 = low(rounds) + k0 + 2;
  rounds = four(x0, x1, 13, 15, 26, 6);
  x0 = high(rounds) + k0;
  x1 = low(rounds) + k1 + 3;
  rounds = four(x0, x1, 17, 29, 16, 24);
  x0 = high(rounds) + k1;
  x1 = low(rounds) + k2 + 4;
  rounds = four(x0, x1, 13, 15, 26, 6);
  return join(high(rounds) + k2, low(rounds) + k0 + 5);
}

// @inline
function four(x0: u32, x1: u32, a: u32, b: u32, c: u32, d: u32): u64 {
  x0 += x1;
  x1 = rotl<u32>(x1, a) ^ x0;
  x0 += x1;
  x1 = rotl<u32>(x1, b) ^ x0;
  x0 += x1;
  x1 = rotl<u32>(x1, c) ^ x0;
  x0 += x1;
  x1 = rotl<u32>(x1, d) ^ x0;
  return join(x0, x1);
}

// @inline
function join(upper: u32, lower: u32): u64 {
  return ((<u64>upper) << 32) | (<u64>lower);
}

// @inline
function high(word: u64): u32 {
  return <u32>(word >> 32);
}

// @inline
function low(word: u64): u32 {
  return <u32>word;
}

/** Phi^-1(u), 0 < u < 1. */
function quantile(u: f64): f64 {
  const q = u - 0.5;
  if (abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    // prettier-ignore
    const above = ((((((2509.0809287301227 * r + 33430.57558358813) * r + 67265.7709270087) * r + 45921.95393154987) * r
      + 13731.69376550946) * r + 1971.5909503065513) * r + 133.14166789178438) * r + 3.3871328727963665;
    // prettier-ignore
    const below = ((((((5226.495278852546 * r + 28729.085735721943) * r + 39307.89580009271) * r + 21213.794301586597) * r
      + 5394.196021424751) * r + 687.1870074924579) * r + 42.31333070160091) * r + 1;
    return q * (above / below);
  }
  const r = Math.sqrt(-logarithm(min(u, 1 - u)));
  const size = r <= 5 ? middle(r - 1.6) : tail(r - 5);
  return q < 0 ? -size : size;
}

function middle(r: f64): f64 {
  // prettier-ignore
  const above = ((((((0.0007745450142783414 * r + 0.022723844989269184) * r + 0.2417807251774506) * r
    + 1.2704582524523684) * r + 3.6478483247632045) * r + 5.769497221460691) * r + 4.630337846156546) * r + 1.4234371107496835;
  // prettier-ignore
  const below = ((((((1.0507500716444169e-9 * r + 0.0005475938084995345) * r + 0.015198666563616457) * r
    + 0.14810397642748008) * r + 0.6897673349851) * r + 1.6763848301838038) * r + 2.053191626637759) * r + 1;
  return above / below;
}

function tail(r: f64): f64 {
  // prettier-ignore
  const above = ((((((2.0103343992922881e-7 * r + 0.000027115555687434876) * r + 0.0012426609473880784) * r
    + 0.026532189526576124) * r + 0.29656057182850487) * r + 1.7848265399172913) * r + 5.463784911164114) * r + 6.657904643501103;
  // prettier-ignore
  const below = ((((((2.0442631033899397e-15 * r + 1.421511758316446e-7) * r + 0.000018463183175100548) * r
    + 0.0007868691311456133) * r + 0.014875361290850615) * r + 0.1369298809227358) * r + 0.599832206555888) * r + 1;
  return above / below;
}

/** log(x) of a normal number x > 0: x = 2^n m with m around 1, log m = 2 artanh((m - 1) / (m + 1)) by its series. */
function logarithm(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  // Exponent relative to sqrt 1/2.
  const n = (bits - 0x3fe6a09e667f3bcd) >> 52;
  const m = reinterpret<f64>(bits - (n << 52));
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let p: f64 = 1.0 / 23;
  p = p * z + 1.0 / 21;
  p = p * z + 1.0 / 19;
  p = p * z + 1.0 / 17;
  p = p * z + 1.0 / 15;
  p = p * z + 1.0 / 13;
  p = p * z + 1.0 / 11;
  p = p * z + 1.0 / 9;
  p = p * z + 1.0 / 7;
  p = p * z + 1.0 / 5;
  p = p * z + 1.0 / 3;
  const whole = <f64>n;
  return whole * 6.9314718036912381649e-1 + (whole * 1.90821492927058770002e-10 + (2 * s + 2 * s * z * p));
}
