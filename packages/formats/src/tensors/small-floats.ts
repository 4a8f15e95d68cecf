/** How a float of 8 or 16 bits splits into exponent and mantissa. */
interface FloatFormat {
  exponentBits: number;
  mantissaBits: number;
  /** Whether the largest exponent means infinity and NaN, as in IEEE 754; in E4M3 only the very last code is NaN. */
  ieee: boolean;
}

export const float16: FloatFormat = { exponentBits: 5, mantissaBits: 10, ieee: true };
export const bfloat16: FloatFormat = { exponentBits: 8, mantissaBits: 7, ieee: true };
export const float8e4m3: FloatFormat = { exponentBits: 4, mantissaBits: 3, ieee: false };
export const float8e5m2: FloatFormat = { exponentBits: 5, mantissaBits: 2, ieee: true };

/**
 * Small floats as float32, exactly: every one of them is a float32.
 *
 * value = (-1)^sign 2^(exponent - bias) (1 + mantissa / 2^m), and below the smallest exponent 2^(1 - bias) mantissa / 2^m
 *
 * @see IEEE 754; Micikevicius et al. 2022, arXiv:2209.05433 (the two 8-bit formats)
 */
export function widenFloats(codes: Uint8Array | Uint16Array, format: FloatFormat): Float32Array {
  const values = new Map<number, number>();
  return Float32Array.from(codes, (code) => {
    let value = values.get(code);
    if (value === undefined) values.set(code, (value = widen(code, format)));
    return value;
  });
}

function widen(code: number, { exponentBits, mantissaBits, ieee }: FloatFormat): number {
  const last = 2 ** exponentBits - 1;
  const bias = 2 ** (exponentBits - 1) - 1;
  const sign = code >> (exponentBits + mantissaBits) ? -1 : 1;
  const exponent = (code >> mantissaBits) & last;
  const mantissa = code & (2 ** mantissaBits - 1);
  if (ieee && exponent === last) return mantissa ? NaN : sign * Infinity;
  if (!ieee && exponent === last && mantissa === 2 ** mantissaBits - 1) return NaN;
  if (exponent === 0) return sign * 2 ** (1 - bias - mantissaBits) * mantissa;
  return sign * 2 ** (exponent - bias) * (1 + mantissa / 2 ** mantissaBits);
}
