import { inflateExactly } from '@diptych/formats';

/**
 * Unpacks a zlib stream that must hold this many bytes; no more are ever kept. Throws an error that says what was wrong.
 *
 * @see RFC 1950
 */
export function inflateRows(packed: Uint8Array, length: number): Uint8Array {
  // What cannot be made smaller grows by a few bytes per block.
  if (packed.length > 2 * length + 4096) throw new Error(`${packed.length} packed bytes for ${length}`);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  // Deflate with a window of up to 32 KiB, no dictionary, and a sum of both bytes that 31 divides.
  const sound = packed.length >= 6 && (packed[0] & 15) === 8 && packed[0] >> 4 <= 7 && (packed[1] & 32) === 0;
  if (!sound || view.getUint16(0) % 31 !== 0) throw new Error('data that are no zlib stream');
  const rows = inflateExactly(packed.subarray(2, -4), length);
  if (!rows) throw new Error(`more or fewer than the ${length} bytes of the picture`);
  if (adler32(rows) !== view.getUint32(packed.length - 4)) throw new Error('a wrong checksum of the picture');
  return rows;
}

/** @see RFC 1950, section 9 */
function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (let from = 0; from < bytes.length;) {
    // So many sums stay below 2^32 (zlib's NMAX).
    const to = Math.min(from + 5552, bytes.length);
    for (; from < to; from++) {
      a += bytes[from];
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}
