import { Unzlib } from 'fflate';

/** Packed bytes that are unpacked at a time: at most about a thousand times as many come out. */
const atOnce = 2 ** 14;

/**
 * Unpacks a zlib stream that must hold this many bytes; more are never kept. Throws an error that says what was wrong.
 *
 * @see RFC 1950, RFC 1951
 */
export function inflateExactly(packed: Uint8Array, length: number): Uint8Array {
  // A stream in blocks of a few bytes each is larger than what it holds, but not by this much.
  if (packed.length > 8 * length + 4096) throw new Error(`${packed.length} packed bytes for ${length}`);
  const unpacked = new Uint8Array(length);
  let found = 0;
  const stream = new Unzlib((part) => {
    if (found + part.length > length) throw new Error(`more than the ${length} bytes of the picture`);
    unpacked.set(part, found);
    found += part.length;
  });
  for (let from = 0; from < packed.length; from += atOnce) {
    stream.push(packed.subarray(from, from + atOnce), from + atOnce >= packed.length);
  }
  if (found < length) throw new Error(`${found} of the ${length} bytes of the picture`);
  const stored = new DataView(packed.buffer, packed.byteOffset + packed.length - 4, 4).getUint32(0);
  if (adler32(unpacked) !== stored) throw new Error('a wrong checksum of the picture');
  return unpacked;
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
