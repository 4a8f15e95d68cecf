/** How a float of 8 or 16 bits splits into exponent and mantissa. */
interface FloatFormat {
  exponentBits: number;
  mantissaBits: number;
  /**
   * What the codes at the edge mean. `ieee`: the largest exponent is infinity and NaN. `finite`: only the very last code of either sign
   * is NaN. `unsigned zero`: only the code of -0 is NaN, and the exponent is one smaller.
   */
  specials: 'ieee' | 'finite' | 'unsigned zero';
}

export const float16: FloatFormat = { exponentBits: 5, mantissaBits: 10, specials: 'ieee' };
export const bfloat16: FloatFormat = { exponentBits: 8, mantissaBits: 7, specials: 'ieee' };
export const float8e4m3: FloatFormat = { exponentBits: 4, mantissaBits: 3, specials: 'finite' };
export const float8e5m2: FloatFormat = { exponentBits: 5, mantissaBits: 2, specials: 'ieee' };
export const float8e4m3fnuz: FloatFormat = { exponentBits: 4, mantissaBits: 3, specials: 'unsigned zero' };
export const float8e5m2fnuz: FloatFormat = { exponentBits: 5, mantissaBits: 2, specials: 'unsigned zero' };

/**
 * Small floats as float32, exactly: every one of them is a float32.
 *
 * value = (-1)^sign 2^(exponent - bias) (1 + mantissa / 2^m), and below the smallest exponent 2^(1 - bias) mantissa / 2^m
 *
 * @see IEEE 754; Micikevicius et al. 2022, arXiv:2209.05433 (E4M3, E5M2); Noune et al. 2022, arXiv:2206.02915 (without -0)
 */
export function widenFloats(codes: Uint8Array | Uint16Array, format: FloatFormat): Float32Array {
  return byTable(codes, (code) => widen(code, format));
}

/**
 * The scales of microscaling formats, 8 bits of exponent, as float32: value = 2^(code - 127), and 255 is NaN.
 *
 * @see OCP Microscaling Formats (MX) Specification 1.0, section 5.4.1
 */
export function widenScales(codes: Uint8Array): Float32Array {
  return byTable(codes, (code) => (code === 255 ? NaN : 2 ** (code - 127)));
}

function byTable(codes: Uint8Array | Uint16Array, widened: (code: number) => number): Float32Array {
  const values = new Map<number, number>();
  return Float32Array.from(codes, (code) => {
    let value = values.get(code);
    if (value === undefined) values.set(code, (value = widened(code)));
    return value;
  });
}

function widen(code: number, { exponentBits, mantissaBits, specials }: FloatFormat): number {
  const last = 2 ** exponentBits - 1;
  const bias = 2 ** (exponentBits - 1) - (specials === 'unsigned zero' ? 0 : 1);
  const negative = code >> (exponentBits + mantissaBits);
  const sign = negative ? -1 : 1;
  const exponent = (code >> mantissaBits) & last;
  const mantissa = code & (2 ** mantissaBits - 1);
  if (specials === 'ieee' && exponent === last) return mantissa ? NaN : sign * Infinity;
  if (specials === 'finite' && exponent === last && mantissa === 2 ** mantissaBits - 1) return NaN;
  if (specials === 'unsigned zero' && negative && exponent === 0 && mantissa === 0) return NaN;
  if (exponent === 0) return sign * 2 ** (1 - bias - mantissaBits) * mantissa;
  return sign * 2 ** (exponent - bias) * (1 + mantissa / 2 ** mantissaBits);
}
