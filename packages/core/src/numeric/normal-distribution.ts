import { check } from '@diptych/formats/errors';

/**
 * Distribution function of the standard normal, Phi(z), to about 1e-15 relative also far in the lower tail.
 *
 * Inside |z| < 3 by the series of Phi(z) - 1/2, outside by the continued fraction of the Mills ratio.
 *
 * @see NIST Digital Library of Mathematical Functions, 7.6.2 and 7.9.3
 * @example
 * normalCdf(-1.959963984540054); // 0.025
 */
export function normalCdf(z: number): number {
  check(typeof z === 'number', 'normalCdf', 'z', 'a number', z);
  if (Math.abs(z) === Infinity) return z > 0 ? 1 : 0;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (Math.abs(z) < 3) {
    let [term, sum] = [z, z];
    for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(sum); n += 2) sum += term *= (z * z) / n;
    return 0.5 + density * sum;
  }
  let tail = 0;
  for (let n = 100; n > 0; n--) tail = n / (Math.abs(z) + tail);
  const outside = density / (Math.abs(z) + tail);
  return z < 0 ? outside : 1 - outside;
}

// Coefficients of the three rational approximations, lowest power first.
const central = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852546,
  ],
] as const;
const middle = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
] as const;
const tail = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
] as const;

function polynomial(coefficients: readonly number[], r: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * r + coefficients[i];
  return sum;
}

const ratio = ([above, below]: readonly [readonly number[], readonly number[]], r: number) =>
  polynomial(above, r) / polynomial(below, r);

/**
 * Quantile function of the standard normal, u in [0, 1] to z with Phi(z) = u; relative error about 1e-16.
 *
 * 0 gives -Infinity, 1 gives Infinity, anything outside gives NaN.
 *
 * @see Wichura 1988, "Algorithm AS 241: the percentage points of the normal distribution" (PPND16)
 * @example
 * normalQuantile(0.975); // 1.959963984540054
 */
export function normalQuantile(u: number): number {
  check(typeof u === 'number', 'normalQuantile', 'u', 'a number', u);
  const q = u - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(central, 0.180625 - q * q);
  const r = Math.sqrt(-Math.log(Math.min(u, 1 - u)));
  if (r === Infinity) return q * Infinity;
  return Math.sign(q) * (r <= 5 ? ratio(middle, r - 1.6) : ratio(tail, r - 5));
}
